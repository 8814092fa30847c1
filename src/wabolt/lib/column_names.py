"""Names that people and programs give to columns: the data of `lib.columns`."""

from typing import Literal

Kind = Literal["contacts", "orders"]

_PHONE = (
    "no hp wa,nomor whatsapp,no whatsapp,no wa,nomor wa,whatsapp,wa,no hp,nomor hp,hp,handphone,no handphone,ponsel,"
    "no ponsel,nomor ponsel,seluler,no seluler,telepon,no telepon,nomor telepon,telp,no telp,nomor telp,tlp,no tlp,"
    "phone,phone number,mobile,mobile number,mobile phone,whatsapp number,wa number,cell phone,no kontak,nomor kontak,"
    "kontak,contact,contact number,phone 1 value,telephone,tel,no telp pembeli,no telp penerima,nomor telpon,telpon"
)
_NAME = (
    "nama lengkap,nama,nama pelanggan,nama customer,nama konsumen,nama pembeli,nama kontak,nama member,nama penerima,"
    "nama anda,full name,fullname,name,customer name,contact name,buyer name,pelanggan,customer,display name,"
    "nama panggilan,nickname,penerima,pembeli,recipient,buyer"
)
_FIRST_NAME = "nama depan,first name,firstname,given name,first,billing first name"
_MIDDLE_NAME = "nama tengah,middle name,additional name,middle"
_LAST_NAME = "nama belakang,last name,lastname,family name,surname,nama keluarga,last,billing last name"
_CODE = (
    "kode pelanggan,kode customer,kode member,kode konsumen,id pelanggan,id customer,id member,no pelanggan,"
    "nomor pelanggan,no member,nomor member,customer id,customer code,member id,member number,customer number,"
    "kode kontak,id kontak,contact id,buyer id"
)

# Names per target, the most likely first, in the form of `normalise_keyword`.
NAMES: dict[Kind, dict[str, str]] = {
    "contacts": {
        "phone": _PHONE,
        "name": _NAME,
        "first_name": _FIRST_NAME,
        "middle_name": _MIDDLE_NAME,
        "last_name": _LAST_NAME,
        "city": "kota,kota kabupaten,kabupaten kota,kabupaten,kab kota,city,domisili,kota domisili,kota tinggal,"
        "kota asal,"
        "tempat tinggal,lokasi,town,daerah,wilayah",
        "gender": "jk,jenis kelamin,gender,sex,kelamin,l p,lp,jns kelamin,j k",
        "birth_date": "tgl lahir,tanggal lahir,tempat tanggal lahir,tempat tgl lahir,ttl,ulang tahun,tgl ultah,ultah,"
        "tanggal ulang tahun,birthday,birthdate,birth date,date of birth,dob,lahir",
        "consent": "setuju promo,setuju,persetujuan,izin,izin promo,izin wa,ijin,consent,marketing consent,"
        "opt in,optin,"
        "opted in,bersedia,bersedia dihubungi,boleh promo,boleh dihubungi,boleh dikirimi promo,mau promo,terima promo,"
        "boleh dikirimi,boleh dikirimi pesan,boleh dikirimi wa,boleh dikirim promo,boleh kirim promo,boleh kirim wa,"
        "mau dikirimi,mau dikirimi promo,"
        "terima info promo,berlangganan,subscribe,subscribed,accepts marketing,"
        "accept marketing,setuju menerima promo",
        "source": "sumber,asal,source,tahu dari,tahu dari mana,dari mana,darimana,referensi,lead source,sumber data,"
        "asal pelanggan",
        "code": _CODE + ",kode,id,code",
        "note": "catatan,notes,note,keterangan,ket,remark,remarks,memo,komentar,comment,comments,info tambahan",
        "email": "email,e mail,alamat email,email address,surel,e mail 1 value,mail",
        "tags": "label,labels,tag,tags,kategori pelanggan,grup,group,groups,group membership,segmen,tipe pelanggan,"
        "jenis pelanggan,kelompok",
    },
    "orders": {
        "number": "nomor pesanan,no pesanan,id pesanan,nomor order,no order,order id,order number,order no,"
        "nomor invoice,"
        "no invoice,invoice,invoice number,no faktur,nomor faktur,faktur,no transaksi,nomor transaksi,id transaksi,"
        "transaction id,transaction number,no nota,nomor nota,nota,order sn,kode pesanan,kode transaksi,kode order,"
        "order,receipt number,no struk,pesanan",
        "code": _CODE,
        "phone": _PHONE,
        "name": _NAME,
        "first_name": _FIRST_NAME,
        "middle_name": _MIDDLE_NAME,
        "last_name": _LAST_NAME,
        "ordered_at": "tanggal pesanan,waktu pesanan dibuat,tanggal order,tgl pesanan,tgl order,tanggal transaksi,"
        "tgl transaksi,waktu transaksi,tanggal pembelian,tanggal beli,order date,created at,created time,order time,"
        "tanggal,tgl,waktu,date,datetime,tanggal pembayaran,waktu pembayaran dilakukan,paid time,paid at,"
        "tanggal invoice,tanggal nota,tanggal dibuat,order created,purchase date,transaction date",
        "sku": "sku,kode produk,kode barang,kode item,nomor sku,no sku,nomor referensi sku,seller sku,sku induk,"
        "sku id,"
        "item code,product code,product sku,barcode,lineitem sku",
        "product": "nama produk,produk,product name,product,nama barang,barang,item,item name,nama item,"
        "deskripsi produk,"
        "lineitem name,menu",
        "category": "kategori,kategori produk,kategori barang,category,product category,jenis produk,"
        "jenis barang,jenis,"
        "departemen,kelompok produk",
        "quantity": "qty,kuantitas,quantity,banyak,banyaknya,jumlah produk dibeli,jumlah barang,"
        "jumlah produk,jml,"
        "jumlah item,pcs,lineitem quantity,jumlah beli,total qty,"
        "jumlah",
        "unit_price": "harga satuan,harga setelah diskon,harga jual,harga jual idr,harga,harga per item,"
        "unit price,price,"
        "harga awal,harga produk,sku unit original price,lineitem price,harga barang",
        "total": "total,total harga produk,total harga,total penjualan,total penjualan idr,subtotal,sub total,"
        "jumlah harga,nilai,nominal,amount,total amount,total price,omzet,total nilai,item total,line total,"
        "total belanja,total bayar,jumlah",
        "order_total": "total pesanan,total order,order total,total pembayaran,grand total,order amount,"
        "total transaksi,total nota,total invoice,total faktur,total struk,total keseluruhan,"
        "order total amount,total tagihan",
        "username": "username,username pembeli,buyer username,username buyer",
        "cancelled_at": "cancelled at,canceled at,tanggal batal,dibatalkan pada,tanggal pembatalan,cancelled time",
        "status": "status pesanan,status,order status,status terakhir,status transaksi,status order,keadaan",
        "voucher": "kode voucher,voucher,kode promo,kode kupon,kupon,coupon,coupon code,promo code,voucher code,"
        "discount code,kode diskon",
    },
}

# Words that exclude a target: "Nama Produk" is not the name of a person.
NOT_WORDS = {
    "name": "produk product barang item toko store shop sku variasi variant kota city file bank ibu ayah anak "
    "sales kasir "
    "username user belakang last perusahaan company lokasi jalan kategori kampanye campaign kurir admin grup group",
    "phone": "email alamat address bank rekening rek ktp nik id type tipe label jenis",
    "city": "lahir birth id kode code kecamatan kelurahan",
    "birth_date": "tempat kota",
    "code": "pos zip post produk barang voucher promo kupon negara country referral",
    "email": "status",
    "source": "",
    # A yes to something else, or to another way of contact, is not a yes to promotions by WhatsApp.
    "consent": "tanggal tgl date waktu cara syarat ketentuan terms privasi privacy kebijakan policy cookie cookies "
    "foto photo email mail surel sms telepon telpon telp phone call panggilan",
    "total": "qty berat weight diskon discount ongkir voucher jumlah item poin point orders pesanan subsidi potongan",
    "quantity": "harga berat uang rupiah idr bayar retur returned dikembalikan",
    "unit_price": "total diskon voucher",
    "ordered_at": "lahir kirim dikirim pengiriman shipped selesai completed batas deadline update updated cancelled",
    "voucher": "ditanggung diskon discount seller platform nilai jumlah",
    "number": "resi tracking hp wa telepon telp type tipe",
    "product": "jumlah harga total id catatan note berat",
    "status": "pembatalan pengembalian refund cancel bayar",
    "sku": "",
    "tags": "",
    "note": "",
    "category": "",
    "gender": "",
    "first_name": "perusahaan company shipping",
    "middle_name": "",
    "last_name": "perusahaan company shipping",
    "order_total": "qty berat weight diskon discount ongkir voucher item poin point orders subsidi potongan",
    "username": "",
    "cancelled_at": "",
}

_KINDS = frozenset(["label", "labels", "type", "types", "tipe", "jenis", "kind"])
_DESCRIBED = frozenset(
    [
        *("phone", "telephone", "telepon", "telpon", "telp", "tlp", "tel", "hp", "handphone", "mobile", "fax"),
        *("email", "mail", "surel", "address", "addresses", "alamat", "event", "website", "web", "url", "relation"),
        *("relationship", "hubungan", "im", "custom", "date", "tanggal"),
    ]
)


def describes_another(words: str) -> bool:
    """Whether a column, named in the form of `normalise_keyword`, holds the kind of another column's value: "Phone 1 -
    Label" and "Tipe Telepon" say "Mobile"."""
    parts = set(words.split())
    return bool(parts & _KINDS and parts & _DESCRIBED)


# Names that count only if they are the whole name of a column: "Keterangan Pelanggan" is not the name of a person,
# and "Kode Cabang" is not a customer code.
EXACT_ONLY = {
    "name": frozenset(["pelanggan", "customer", "penerima", "pembeli", "recipient", "buyer", "nickname"]),
    "first_name": frozenset({"first"}),
    "middle_name": frozenset({"middle"}),
    "last_name": frozenset({"last"}),
    "phone": frozenset(["kontak", "contact"]),
    "code": frozenset(["kode", "id", "code"]),
    "ordered_at": frozenset(["waktu", "date"]),
    "number": frozenset(["order", "pesanan", "invoice", "nota", "faktur"]),
    "source": frozenset({"asal"}),
    "city": frozenset(["lokasi", "daerah", "wilayah"]),
}
