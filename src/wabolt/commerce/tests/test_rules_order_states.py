"""The status of an order, in the words of shops, marketplaces and tills."""

from tests.cases import each

from wabolt.commerce.rules.order_states import order_state


@each(
    "status",
    [
        "", "Selesai", "completed", "Lunas", "DP", "COD", "paid", "partially_paid", "Processing", "Sedang dikirim",
        "Perlu Dikirim", "In Transit", "Delivered", "Unfulfilled", "Belum dikirim", "Belum diproses", "Siap diambil",
        "Pesanan diterima, namun Pembeli masih dapat mengajukan pengembalian hingga 2026-11-05",
        "Order received, buyer can request a return until 2026-11-05", "Delivered - return window open",
        "partially_refunded", "Partially Refunded", "Partial refund", "Sebagian dikembalikan", "Refund sebagian",
        "Pengembalian dana sebagian", "Pengembalian ditolak", "Refund Ditolak", "Pembatalan ditolak",
        "Return request rejected", "Pengembalian dibatalkan", "Tidak dibatalkan", "Belum diretur", "Not cancelled",
        "Selesai (tidak jadi retur)", "Tukar barang", "Avoidance", "Transaksi selesai", "Menunggu konfirmasi",
        "Selesai. Pembeli dapat meminta pengembalian dana sampai 5 Nov",
        "Selesai, pembeli dapat mengajukan pengembalian Barang/Dana hingga 5 Nov",
        "PartiallyCancelled", "not_cancelled", "NotCancelled",
    ],
)  # fmt: skip
def test_orders_that_count(status: str) -> None:
    assert order_state(status) == "completed"


@each(
    "status",
    [
        "Batal", "BATAL", "Dibatalkan", "Dibatalkan Pembeli", "Dibatalkan sistem", "Pembatalan", "Cancelled",
        "canceled", "wc-cancelled", "Cancelled by buyer", "Refund", "refunded", "wc-refunded", "Direfund", "Retur",
        "Diretur", "Returned", "Package returned",
        "Pengembalian", "Pengembalian Dana", "Barang dikembalikan", "Void", "voided",
        "Gagal", "Gagal kirim", "Failed", "Kedaluwarsa", "Kadaluarsa", "Kadaluwarsa", "expired", "Hangus", "Ditolak",
        "Rejected", "Tidak jadi", "Gak jadi beli", "Batal - refund", "Retur / Dibatalkan", "Batal/Retur", "trash",
        "Stok habis, tidak bisa dikirim, dibatalkan", "Dibatalkan (dana dikembalikan)",
        "AutoCancelled", "autocancel", "Auto-cancelled", "SystemCanceled", "Pembeli meminta pengembalian dana",
        "Minta refund, sampai di gudang",
    ],
)  # fmt: skip
def test_orders_that_were_cancelled(status: str) -> None:
    assert order_state(status) == "cancelled"


@each(
    "status",
    [
        "Belum Bayar", "Belum Dibayar", "belum di bayar", "Blm bayar", "blm lunas", "Belum transfer", "belum tf",
        "Belum ada pembayaran", "Menunggu Pembayaran", "Menunggu transfer", "Unpaid", "Not paid", "pending",
        "wc-pending", "Pending payment", "Awaiting payment", "wc-on-hold", "On hold", "authorized", "Draft", "draf",
        "wc-checkout-draft", "Belum dibayarkan", "Belum dibayarnya", "Belum bayarnya", "Belum transferan",
        "Belum terbayar", "Menunggu pelunasan", "Menunggu dibayarkan", "Menunggu pembayarannya",
    ],
)  # fmt: skip
def test_orders_that_are_not_paid_yet(status: str) -> None:
    assert order_state(status) == "unpaid"
