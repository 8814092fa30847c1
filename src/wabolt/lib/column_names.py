"""Names that people and programs give to columns: the data of `lib.columns`."""

from typing import Literal

Kind = Literal["contacts", "orders"]

_PHONE = (
    "no hp wa,nomor whatsapp,no whatsapp,no wa,nomor wa,whatsapp,wa,no hp,nomor hp,hp,handphone,no handphone,ponsel,"
    "no ponsel,nomor ponsel,seluler,no seluler,telepon,no telepon,nomor telepon,telp,no telp,nomor telp,tlp,no tlp,"
    "phone,phone number,mobile,mobile number,mobile phone,whatsapp number,wa number,cell phone,no kontak,nomor kontak,"
    "电话,電話,手机,手机号,手機,"
    "whatsapp id,wa id,jid,kontak,contact,contact number,phone 1 value,telephone,tel,no telp pembeli,no telp penerima,"
    "nomor telpon,telpon"
)
_NAME = (
    "nama lengkap,nama,nama pelanggan,nama customer,nama konsumen,nama pembeli,nama kontak,nama member,nama penerima,"
    "nama anda,full name,fullname,name,customer name,contact name,buyer name,pelanggan,customer,display name,"
    "nama panggilan,nickname,panggilan,penerima,pembeli,recipient,buyer,nama ibu,nama bunda,nama orang tua,nama wali,"
    "nama ayah,姓名,名字,nama pasien,nama klien,nama client,nama tamu,nama peserta,nama anggota,nama pemilik,"
    "nama jamaah,nama pemesan,atas nama,contact person,pic,konsumen,pasien,klien,peserta,anggota,pemilik,pemesan"
)
_FIRST_NAME = "nama depan,first name,firstname,given name,first,billing first name,forename,fname"
_MIDDLE_NAME = "nama tengah,middle name,additional name,middle"
_LAST_NAME = "nama belakang,last name,lastname,family name,surname,nama keluarga,last,billing last name,lname,marga"
_CODE = (
    "kode pelanggan,kode customer,kode member,kode konsumen,id pelanggan,id customer,id member,no pelanggan,"
    "nomor pelanggan,no member,nomor member,customer id,customer code,member id,member number,customer number,"
    "kode kontak,id kontak,no kartu member,nomor kartu member,no kartu,nomor kartu,contact id,buyer id"
)

_REFUNDED = (
    "refunded amount,amount refunded,refund amount,order refund amount,total refund,total refunded,jumlah refund,"
    "nilai refund,nominal refund,refund,refunded,uang dikembalikan,dana dikembalikan,nominal dikembalikan,"
    "jumlah pengembalian dana,nilai pengembalian dana,nominal pengembalian dana,total pengembalian dana,"
    "pengembalian dana,nominal pengembalian,total pengembalian"
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
        "tempat tinggal,城市,lokasi,town,daerah,wilayah,asal",
        "gender": "jk,jenis kelamin,gender,sex,kelamin,l p,lp,jns kelamin,j k",
        "birth_date": "tgl lahir,tanggal lahir,tempat tanggal lahir,tempat tgl lahir,ttl,ulang tahun,tgl ultah,ultah,"
        "tanggal ulang tahun,birthday,birthdate,birth date,date of birth,dob,lahir",
        "consent": "setuju promo,setuju,persetujuan,izin,izin promo,izin wa,ijin,consent,marketing consent,"
        "opt in,optin,"
        "opted in,bersedia,bersedia dihubungi,boleh promo,boleh dihubungi,boleh dikirimi promo,mau promo,terima promo,"
        "boleh dikirimi,boleh dikirimi pesan,boleh dikirimi wa,boleh dikirim promo,boleh kirim promo,boleh kirim wa,"
        "mau dikirimi,mau dikirimi promo,"
        "terima info promo,berlangganan,subscribe,subscribed,accepts marketing,"
        "accept marketing,setuju menerima promo,status langganan,status berlangganan,subscription status,"
        "marketing status,consent status,status persetujuan,status izin,opt in status,opt in opt out,opt in out",
        "opt_out": "unsubscribed,unsubscribe,unsub,opt out,opted out,optout,berhenti langganan,berhenti berlangganan,"
        "stop langganan,stop berlangganan,batal langganan,batal berlangganan,berhenti promo,stop promo,stop wa,"
        "menolak promo,tolak promo,keluar promo,jangan kirim promo,jangan kirim wa,jangan dikirimi,jangan dihubungi,"
        "jangan hubungi,do not contact,do not message,do not disturb,do not send,dnd,berhenti,sudah berhenti,stop,"
        "blacklist,blacklisted,daftar hitam,blokir,diblokir,blocked,is blocked,allow broadcast,allow campaign",
        "dial_code": "country code,countrycode,kode negara,dial code,dialling code,calling code,kode telepon negara",
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
        "order,receipt number,no struk,struk,no bon,nomor bon,id order,pesanan",
        "code": _CODE,
        "phone": _PHONE,
        "name": _NAME,
        "first_name": _FIRST_NAME,
        "middle_name": _MIDDLE_NAME,
        "last_name": _LAST_NAME,
        "ordered_at": "tanggal pesanan,waktu pesanan dibuat,tanggal order,tgl pesanan,tgl order,tanggal transaksi,"
        "tgl transaksi,waktu transaksi,tanggal pembelian,tanggal beli,order date,created at,created time,order time,"
        "tanggal,tgl,waktu order,waktu pesanan,waktu dibuat,waktu bayar,tanggal bayar,tgl bayar,"
        "waktu,date,datetime,tanggal pembayaran,waktu pembayaran dilakukan,paid time,paid at,"
        "tanggal invoice,tanggal nota,tanggal dibuat,order created,purchase date,transaction date,create time,"
        "creation date,date created,tanggal pemesanan,tgl pemesanan,waktu pemesanan,tgl pembelian,tgl beli,"
        "tanggal penjualan,tgl penjualan,tgl nota,tgl invoice,dibuat,purchased on",
        "sku": "sku,kode produk,kode barang,kode item,nomor sku,no sku,nomor referensi sku,seller sku,sku induk,"
        "sku id,"
        "item code,product code,product sku,barcode,lineitem sku",
        "product": "nama produk,produk,product name,product,nama barang,barang,item,item name,nama item,"
        "deskripsi produk,"
        "lineitem name,items,menu",
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
        "total belanja,total bayar,total collected,net sales,gross sales,belanja,jumlah bayar,jumlah pembayaran,"
        "jumlah tagihan,jumlah uang,jumlah",
        "order_total": "total pesanan,total order,order total,total pembayaran,grand total,order amount,"
        "total transaksi,total nota,total invoice,total faktur,total struk,total keseluruhan,"
        "order total amount,total tagihan",
        "refunded": _REFUNDED,
        "ordered_clock": "jam,time,pukul,jam transaksi,jam order,jam pesanan,waktu transaksi,waktu",
        "username": "username,username pembeli,buyer username,username buyer",
        "cancelled_at": "cancelled at,canceled at,tanggal batal,dibatalkan pada,tanggal pembatalan,cancelled time",
        "status": "status pesanan,status,order status,status terakhir,status transaksi,status order,keadaan",
        "voucher": "kode voucher,voucher,kode promo,kode kupon,kupon,coupon,coupon code,promo code,voucher code,"
        "discount code,kode diskon",
    },
}

_OTHER_AMOUNTS = (
    "modal laba hpp profit keuntungan untung margin biaya fee admin pajak tax ppn refund refunded retur komisi "
    "commission hutang utang piutang saldo kembalian dp sisa kurang transfer rating"
)
"""Amounts of an order that are not its price: costs, taxes, debts."""

# Words that exclude a target: "Nama Produk" is not the name of a person.
NOT_WORDS = {
    "name": "produk product barang item toko store shop sku variasi variant kota city file bank anak bayi balita "
    "istri suami pasangan sales kasir petugas karyawan staff staf "
    "username user belakang last perusahaan company outlet gerai cabang "
    "branch lokasi jalan kategori kampanye campaign kurir admin grup group usaha bisnis instansi sekolah kampus akun "
    "instagram ig facebook tiktok event acara kegiatan kelas hewan kucing anjing anabul peliharaan pet dokter perawat "
    "terapis mekanik teknisi montir guru pengajar instruktur trainer stylist supplier suplier vendor driver sopir "
    "marketing country negara provinsi province kecamatan kelurahan desa",
    "phone": "email alamat address bank rekening rek ktp nik id type tipe label jenis sales kasir cashier admin cs "
    "kurir courier driver sopir petugas karyawan staff staf darurat emergency dokter perawat terapis mekanik teknisi "
    "montir guru pengajar instruktur trainer supplier suplier vendor marketing",
    "city": "lahir birth id kode code kecamatan kelurahan alamat address jalan cabang branch outlet toko gudang store",
    "birth_date": "tempat kota",
    "code": "pos zip post produk barang voucher promo kupon negara country referral",
    "email": "status",
    "source": "",
    "dial_code": "",
    # A yes to something else, or to another way of contact, is not a yes to promotions by WhatsApp.
    # A yes in a column named like a refusal ("Tidak mau promo", "Stop promo", "Opt out") is a no.
    "consent": "tanggal tgl date time ip source sumber alasan reason waktu cara syarat ketentuan aturan peraturan "
    "rules snk tnc k c terms privasi privacy kebijakan policy cookie cookies "
    "foto photo email mail surel sms telepon telpon telp phone call panggilan "
    "out stop berhenti batal tolak menolak keberatan unsubscribe unsubscribed keluar blokir block",
    # To leave the newsletter is not to leave WhatsApp. "WA / SMS opt out" is about WhatsApp too (`lib.columns`).
    "opt_out": "email mail surel newsletter sms telepon telpon telp phone call panggilan alasan reason sebab campaign "
    "kampanye title link url ip oleh by cara method source sumber count jumlah kerja karyawan",
    "total": "qty berat weight diskon discount ongkir voucher jumlah item poin point orders pesanan subsidi potongan "
    f"{_OTHER_AMOUNTS}",
    "quantity": "harga berat uang rupiah idr bayar retur returned dikembalikan pembayaran tagihan transfer nominal",
    "unit_price": "total diskon voucher modal beli pokok hpp ongkir kirim coret",
    "ordered_at": "lahir kirim dikirim pengiriman shipped selesai completed batas deadline update updated cancelled "
    "delivered delivery pickup diterima terima sampai tiba diambil pengambilan tempo due expired refund retur batal "
    "dibatalkan pembatalan garansi",
    "ordered_clock": "",
    "voucher": "ditanggung diskon discount seller platform nilai jumlah",
    "number": "resi tracking hp wa telepon telp type tipe",
    "product": "jumlah harga total id catatan note berat",
    "status": "pembatalan pengembalian refund cancel bayar",
    "sku": "",
    "tags": "",
    "note": "",
    "category": "transaksi pembayaran bayar",
    "gender": "",
    "first_name": "perusahaan company shipping",
    "middle_name": "",
    "last_name": "perusahaan company shipping",
    "order_total": "qty berat weight diskon discount ongkir voucher item poin point orders subsidi potongan "
    f"{_OTHER_AMOUNTS}",
    "username": "",
    "cancelled_at": "",
    "refunded": "",
}

ANY_PERMISSION = frozenset(
    [
        *("setuju", "persetujuan", "izin", "ijin", "consent", "bersedia", "berlangganan", "subscribe", "subscribed"),
    ]
)
"""Names of permissions that say nothing about messages: "Bersedia hadir" and "Izin orang tua" are no permission to
send."""
MESSAGES = frozenset(
    [
        *("promo", "promosi", "info", "informasi", "wa", "whatsapp", "pesan", "broadcast", "blast", "marketing"),
        *("pemasaran", "penawaran", "diskon", "kabar", "notifikasi", "dihubungi", "hubungi", "dikirimi", "chat"),
        *("update", "berita", "katalog", "message", "messages", "offers", "news", "siaran"),
    ]
)
"""Words next to such a name that make it a permission to send messages."""
ASKING = frozenset(
    [
        *("apakah", "kakak", "kak", "kamu", "anda", "saya", "kami", "ibu", "bapak", "bpk", "ini", "itu", "yang", "dan"),
        *("atau", "ya", "iya", "tidak", "y", "n", "t", "yes", "no", "status", "pelanggan", "customer", "konsumen"),
        *("pembeli", "member", "sudah", "dengan", "untuk", "dari", "the", "do", "you", "is", "form", "kolom", "toko"),
        *ANY_PERMISSION,
    ]
)
"""Words next to such a name that do not change its meaning: "Apakah Kakak setuju?"."""

NEGATIONS = frozenset(
    "tidak tdk tak gak ga ngga nggak enggak bukan jangan jgn no not dont don never".split()  # noqa: SIM905
)
"""Words that make the name of a column of permissions a refusal, if another word follows."""
NOT_YET = frozenset(["belum", "blm", "non"])
GENERIC = frozenset(
    [
        *("no", "nomor", "number", "hp", "wa", "whatsapp", "telepon", "telpon", "telp", "tlp", "tel", "telephone"),
        *("phone", "mobile", "handphone", "ponsel", "seluler", "cell", "nama", "name", "lengkap", "full", "depan"),
        *("belakang", "first", "last", "display", "panggilan", "nickname", "aktif", "utama", "alternatif", "cadangan"),
        *("lain", "lainnya", "kedua", "dan", "atau", "yang", "bisa", "dihubungi", "contoh", "anda", "kakak", "kontak"),
        "contact",
    ]
)
"""Words in the name of a column that do not say whose name or number it is."""
CUSTOMERS = frozenset(
    [
        *("pelanggan", "customer", "konsumen", "pembeli", "buyer", "member", "klien", "client", "pemesan", "pasien"),
        *("tamu", "peserta", "anggota", "pemilik", "jamaah"),
    ]
)
RELATIVES = frozenset(
    [
        *("anak", "bayi", "balita", "istri", "suami", "pasangan", "ibu", "bunda", "ayah", "ortu", "wali", "siswa"),
        *("murid", "santri", "darurat", "penerima", "receiver", "recipient", "shipping", "child", "spouse", "wife"),
        *("husband", "mother", "father", "parent", "emergency"),
    ]
)
"""Words that name a person in relation to another one: "Tgl Lahir Anak" is not the birthday of the mother."""

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


_THINGS = frozenset(
    [
        *("alamat", "address", "pekerjaan", "profesi", "job", "occupation", "hobi", "hobby", "minat", "interest"),
        *("keluhan", "agama", "pendidikan", "jurusan", "jabatan", "posisi", "divisi", "bagian", "alasan", "pesan"),
        *("ucapan", "saran", "masukan", "kritik", "pertanyaan", "jawaban", "pembayaran", "metode", "cara"),
        *("pengiriman", "warna", "ukuran", "size", "motif", "merek", "merk", "brand", "bahan", "favorit", "favorite"),
        *("tujuan", "rute", "jadwal", "status", "layanan", "treatment", "paket", "program", "kursus", "menu", "jenis"),
        *("tipe", "kelurahan", "kecamatan", "desa", "provinsi", "negara", "country", "province", "testimoni"),
    ]
)


def describes_things(words: str) -> bool:
    """Whether a column, named in the form of `normalise_keyword`, holds words that look like names but are none: an
    address, an occupation, a favourite."""
    return not _THINGS.isdisjoint(words.split())


# Names that count only if they are the whole name of a column: "Keterangan Pelanggan" is not the name of a person,
# and "Kode Cabang" is not a customer code.
EXACT_ONLY = {
    "name": frozenset(
        [
            *("pelanggan", "customer", "penerima", "pembeli", "recipient", "buyer", "nickname", "panggilan", "pic"),
            *("konsumen", "pasien", "klien", "peserta", "anggota", "pemilik", "pemesan"),
        ]
    ),
    "first_name": frozenset({"first"}),
    "middle_name": frozenset({"middle"}),
    "last_name": frozenset({"last"}),
    "phone": frozenset(["kontak", "contact"]),
    "code": frozenset(["kode", "id", "code"]),
    "ordered_at": frozenset(["waktu", "date", "dibuat"]),
    "product": frozenset(["items"]),
    "total": frozenset(["belanja"]),
    "refunded": frozenset(_REFUNDED.split(",")),
    "number": frozenset(["order", "pesanan", "invoice", "nota", "faktur", "struk"]),
    "source": frozenset({"asal"}),
    "city": frozenset(["lokasi", "daerah", "wilayah", "asal"]),
    "opt_out": frozenset(["berhenti", "sudah berhenti", "stop", "dnd", "blacklist", "blokir", "diblokir", "blocked"]),
}
