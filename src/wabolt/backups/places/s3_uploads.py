"""Open uploads of killed processes in a bucket. Their parts cost money, and lists of objects do not contain them.

obstore aborts a failed upload but cannot list open uploads. The two requests for that are signed here (AWS
Signature Version 4, docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
"""

import hashlib
import hmac
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

import httpx

from wabolt.lib.outgoing import trusted_authorities

MOST = 1_000_000  # bytes of a response
_UPLOAD = re.compile(rb"<Upload>.*?</Upload>", re.DOTALL)
_EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Access:
    """A bucket and the key to it. `endpoint` includes the scheme. `seconds`: the limit of one request."""

    endpoint: str
    bucket: str
    region: str
    key_id: str
    secret: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that was neither completed nor aborted. `key`: the name of the object that it would become."""

    key: str
    upload_id: str


def open_uploads(access: Access, prefix: str, now: datetime) -> list[Upload]:
    """Returns the open uploads (at most 1,000) whose keys begin with `prefix`. Raises httpx.HTTPError."""
    text = _ask(access, "GET", "", {"uploads": "", "prefix": prefix}, now)
    return [Upload(_field(b"Key", found), _field(b"UploadId", found)) for found in _UPLOAD.findall(text)]


def abort(access: Access, upload: Upload, now: datetime) -> None:
    """Deletes the parts of an upload. Raises httpx.HTTPError; an upload that is gone is no error."""
    _ask(access, "DELETE", upload.key, {"uploadId": upload.upload_id}, now, gone_is_fine=True)


def _ask(
    access: Access, method: str, key: str, query: Mapping[str, str], now: datetime, *, gone_is_fine: bool = False
) -> bytes:
    path = "/" + quote(f"{access.bucket}/{key}".rstrip("/"), safe="/-_.~")
    asked = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items()))
    headers = _signed(access, method, path, asked, now)
    url = f"{access.endpoint.rstrip('/')}{path}?{asked}"
    with (
        httpx.Client(verify=trusted_authorities(), timeout=access.seconds) as client,
        client.stream(method, url, headers=headers) as response,
    ):
        if not (gone_is_fine and response.status_code == httpx.codes.NOT_FOUND):
            response.raise_for_status()
        text = b""
        for piece in response.iter_bytes():
            text += piece
            if len(text) > MOST:
                break
        return text


def _signed(access: Access, method: str, path: str, query: str, now: datetime) -> dict[str, str]:
    """Returns the headers of a request without a body."""
    stamp = f"{now:%Y%m%dT%H%M%SZ}"
    headers = {"host": urlsplit(access.endpoint).netloc, "x-amz-content-sha256": _EMPTY, "x-amz-date": stamp}
    names = ";".join(headers)
    lines = [method, path, query, *(f"{name}:{value}" for name, value in headers.items()), "", names, _EMPTY]
    scope = f"{stamp[:8]}/{access.region}/s3/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"
    key = f"AWS4{access.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    credential = f"{access.key_id}/{scope}"
    signed = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": signed}


def _field(name: bytes, upload: bytes) -> str:
    found = re.search(rb"<" + name + rb">(.*?)</" + name + rb">", upload, re.DOTALL)
    return html.unescape(found[1].decode("utf-8", "replace")) if found else ""
