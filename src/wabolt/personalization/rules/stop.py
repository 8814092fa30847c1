"""Whether a text tells its reader how to get no more of these. Pure."""

import re

_WORD = r"(?:stop|berhenti|unsub(?:scribe)?)\b"
# The word right behind what to do with it: "Balas sekarang, promo berhenti besok" tells nobody how to stop.
_DO = re.compile(
    r"\b(?:balas|ketik|kirim|jawab|tulis|reply|send|text|type|write)"
    r"(?:\s+(?:saja|aja|ya|dengan|kata|pesan|mengetik|ketik|menulis|just|with|the|word|a|message))*"
    rf"\s*[:,]?\s*[\"'“‘„(*_~]*{_WORD}",
    re.IGNORECASE,
)
# "STOP untuk berhenti", in capitals as such words are written.
_WRITTEN = re.compile(r"\b(?:STOP|BERHENTI|UNSUB(?:SCRIBE)?)\b[\"'”’)*_~]*\s*(?:=|:|(?i:untuk|utk|buat|kalau|to|if)\b)")
_BUTTON = re.compile(rf"\b{_WORD}", re.IGNORECASE)


def tells_how_to_stop(text: str) -> bool:
    """Whether it is said what to write. In doubt it is not, and is then said once more."""
    return bool(_DO.search(text) or _WRITTEN.search(text))


def is_stop_button(title: str) -> bool:
    """Whether a button to tap under a message is one for stopping."""
    return bool(_BUTTON.search(title))
