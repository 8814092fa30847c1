"""What the columns of an uploaded table are, from their names and from what stands in them."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from functools import lru_cache
from typing import Literal, NamedTuple

from wabolt.lib.choices import parse_gender, parse_yes_no
from wabolt.lib.cities import is_known_city
from wabolt.lib.dates import parse_date, parse_datetime
from wabolt.lib.money import parse_amount, parse_quantity
from wabolt.lib.phones import parse_phone
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import means_nothing, normalise_keyword, slug

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
    "nama depan,first name,given name,nama panggilan,nickname,penerima,pembeli,recipient,buyer"
)
_CODE = (
    "kode pelanggan,kode customer,kode member,kode konsumen,id pelanggan,id customer,id member,no pelanggan,"
    "nomor pelanggan,no member,nomor member,customer id,customer code,member id,member number,customer number,"
    "kode kontak,id kontak,contact id,buyer id"
)

# For each target what its column is called, the likeliest first. `normalise_keyword` has been over all of them.
_NAMES: dict[Kind, dict[str, str]] = {
    "contacts": {
        "phone": _PHONE,
        "name": _NAME,
        "city": "kota,kota kabupaten,kabupaten kota,kabupaten,kab kota,city,domisili,kota domisili,kota tinggal,"
        "kota asal,"
        "tempat tinggal,lokasi,town,daerah,wilayah",
        "gender": "jk,jenis kelamin,gender,sex,kelamin,l p,lp,jns kelamin,j k",
        "birth_date": "tgl lahir,tanggal lahir,tempat tanggal lahir,tempat tgl lahir,ttl,ulang tahun,tgl ultah,ultah,"
        "tanggal ulang tahun,birthday,birthdate,birth date,date of birth,dob,lahir",
        "consent": "setuju promo,setuju,persetujuan,izin,izin promo,izin wa,ijin,consent,marketing consent,"
        "opt in,optin,"
        "opted in,bersedia,bersedia dihubungi,boleh promo,boleh dihubungi,boleh dikirimi promo,mau promo,terima promo,"
        "terima info promo,berlangganan,subscribe,subscribed,accepts marketing,"
        "accept marketing,setuju menerima promo",
        "source": "sumber,asal,source,tahu dari,tahu dari mana,dari mana,referensi,lead source,sumber data,"
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
        "quantity": "jumlah,qty,kuantitas,quantity,banyak,banyaknya,jumlah produk dibeli,jumlah barang,"
        "jumlah produk,jml,"
        "jumlah item,pcs,lineitem quantity,jumlah beli,total qty",
        "unit_price": "harga satuan,harga setelah diskon,harga jual,harga jual idr,harga,harga per item,"
        "unit price,price,"
        "harga awal,harga produk,sku unit original price,lineitem price,harga barang",
        "total": "total,total harga produk,total harga,total penjualan,total penjualan idr,total belanja,total bayar,"
        "total pembayaran,subtotal,sub total,grand total,jumlah harga,nilai,nominal,amount,total amount,order amount,"
        "order total,total price,omzet,total transaksi,total nilai",
        "status": "status pesanan,status,order status,status terakhir,status transaksi,status order,keadaan",
        "voucher": "kode voucher,voucher,kode promo,kode kupon,kupon,coupon,coupon code,promo code,voucher code,"
        "discount code,kode diskon",
    },
}
_NAMES_INDEX: dict[Kind, dict[str, dict[str, int]]] = {
    kind: {target: {name: rank for rank, name in enumerate(names.split(","))} for target, names in targets.items()}
    for kind, targets in _NAMES.items()
}

# Words that make a column something else, however much of it sounds right: "Nama Produk" is no name of a person.
_NOT_WORDS = {
    "name": "produk product barang item toko store shop sku variasi variant kota city file bank ibu ayah anak "
    "sales kasir "
    "username user belakang last perusahaan company lokasi jalan kategori kampanye campaign kurir admin grup group",
    "phone": "email alamat address bank rekening rek ktp nik id type tipe label",
    "city": "lahir birth id kode code kecamatan kelurahan",
    "birth_date": "tempat kota",
    "code": "pos zip post produk barang voucher promo kupon negara country referral",
    "email": "status",
    "source": "",
    # A yes to something else, or to be reached by other ways, is none to promotions by WhatsApp.
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
}
_REFUSED_WORDS = {target: frozenset(words.split()) for target, words in _NOT_WORDS.items()}
_RUNNING_NUMBERS = {"no", "nomor", "no urut", "nomor urut", "number", "row", "baris"}

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
_NAMELESS = re.compile(r"(?:kolom|column|col|field|data)? ?(?:[a-z]{1,2}|[0-9]+)?")
_ENOUGH = 0.35
"""A guess below this is no guess."""


class Guess(NamedTuple):
    """What a column is taken for: a target, `"field:<key>"` or `"ignore"`; how sure, 0 to 1."""

    target: str
    confidence: float


def guess_mapping(kind: Kind, columns: Sequence[str], sample_rows: Sequence[Sequence[str]]) -> dict[int, Guess]:
    """A guess for every column, by its index; each target is given to one column at most.

    Targets of contacts: phone, name, city, gender, birth_date, consent, source, code, note, email, tags; of orders:
    number, code, phone, name, ordered_at, sku, product, category, quantity, unit_price, total, status, voucher.
    What is left becomes `field:<key>` (contacts) or `ignore` (orders, columns without a value, running numbers).
    Consent is never guessed from values alone. `sample_rows` are cells under the header, some twenty are enough.
    """
    values = [_values(sample_rows, index) for index in range(len(columns))]
    scored = sorted(
        (
            (score, -index, target)
            for index, name in enumerate(columns)
            for target in _NAMES[kind]
            if (score := _score(kind, target, name, values[index])) >= _ENOUGH
        ),
        reverse=True,
    )
    guesses: dict[int, Guess] = {}
    taken: set[str] = set()
    for score, negative, target in scored:
        if -negative not in guesses and target not in taken:
            guesses[-negative] = Guess(target, round(min(score, 1.0), 2))
            taken.add(target)
    for index, name in enumerate(columns):
        if index not in guesses:
            guesses[index] = _leftover(kind, index, name, values[index], taken)
    return dict(sorted(guesses.items()))


@lru_cache(maxsize=4096)
def is_known_name(name: str) -> bool:
    """Whether this is what a column of contacts or orders is called."""
    if len(name) > 60:
        return False
    return any(_name_score(kind, target, name) >= 0.6 for kind in _NAMES for target in _NAMES[kind])


def _values(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    return [row[index] for row in rows if index < len(row) and not means_nothing(row[index])]


def _leftover(kind: Kind, index: int, name: str, values: list[str], taken: set[str]) -> Guess:
    plain = normalise_keyword(name)
    if kind == "orders" or not values or plain in _RUNNING_NUMBERS:
        return Guess("ignore", 0.5)
    base = key = slug(name) or f"column_{index + 1}"
    count = 1
    while f"field:{key}" in taken or key in _NAMES[kind]:
        count += 1
        key = f"{base}_{count}"
    taken.add(f"field:{key}")
    return Guess(f"field:{key}", 0.5)


def _score(kind: Kind, target: str, name: str, values: list[str]) -> float:
    named = _name_score(kind, target, name)
    fits = _FITS.get(target)
    if fits is None or not values:
        return named
    share = sum(fits(value) for value in values) / len(values)
    if named:
        return named * 0.4 if share < 0.2 else named + (0.1 if share > 0.8 else 0.0)
    # Without a name that says so, only values that hardly anything else looks like are taken as evidence.
    needed, worth = (2.0, 0.0) if (kind, target) == ("orders", "name") else _BY_VALUES.get(target, (2.0, 0.0))
    if target == "birth_date" and not _NAMELESS.fullmatch(normalise_keyword(name)):
        return 0.0  # days of birth look like all other days: "Tgl Daftar" has a name, and it is another one
    return worth * share if len(values) >= 2 and share >= needed and not is_known_name(name) else 0.0


@lru_cache(maxsize=65536)
def _name_score(kind: Kind, target: str, name: str) -> float:
    """How well a column's name fits a target: 1 for the likeliest name, 0 for none."""
    # "firstName" is two words, "WhatsApp" is one: both readings are tried.
    return max(_words_score(kind, target, normalise_keyword(form)) for form in (name, _CAMEL.sub(" ", name)))


def _words_score(kind: Kind, target: str, words: str) -> float:
    names = _NAMES_INDEX[kind][target]
    if words in names:
        return 1.0 - 0.002 * names[words]
    parts = words.split()
    if _REFUSED_WORDS[target].intersection(parts):
        return 0.0
    best = 0.0
    for phrase in _phrases(parts):
        if phrase in names:
            length = phrase.count(" ") + 1
            best = max(best, 0.72 + 0.04 * length - 0.05 * (len(parts) - length) - 0.002 * names[phrase])
    return best


def _phrases(parts: list[str]) -> Iterator[str]:
    for start in range(len(parts)):
        for end in range(start + 1, min(start + 4, len(parts)) + 1):
            yield " ".join(parts[start:end])


def _is_name(value: str) -> bool:
    letters = sum(char.isalpha() for char in value)
    return letters >= 0.8 * len(value.replace(" ", "")) and 1 <= value.strip().count(" ") <= 4


def _is_date(value: str) -> bool:
    return not isinstance(parse_date(value), Refusal)


def _is_moment(value: str) -> bool:
    return not isinstance(parse_datetime(value, UTC), Refusal)


_FITS: dict[str, Callable[[str], bool]] = {
    "phone": lambda value: not isinstance(parse_phone(value), Refusal),
    "email": lambda value: _EMAIL.fullmatch(value.strip()) is not None,
    "name": _is_name,
    "birth_date": _is_date,
    "ordered_at": _is_moment,
    "gender": lambda value: parse_gender(value) != "unknown",
    "consent": lambda value: parse_yes_no(value) != "unknown",
    "city": is_known_city,
    "quantity": lambda value: not isinstance(parse_quantity(value), Refusal),
    "unit_price": lambda value: not isinstance(parse_amount(value), Refusal),
    "total": lambda value: not isinstance(parse_amount(value), Refusal),
}
# Share of the values that must fit, and what the guess is worth then.
_BY_VALUES = {
    "phone": (0.7, 0.6),
    "email": (0.8, 0.6),
    "gender": (0.9, 0.5),
    "city": (0.8, 0.5),
    "birth_date": (0.9, 0.45),
    "ordered_at": (0.9, 0.45),
    "name": (0.6, 0.55),
}
