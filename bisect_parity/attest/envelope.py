"""DSSE envelopes: a statement with a signature, by securesystemslib (the extra `sign`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bisect_parity.attest.canonical import CanonicalError, canonical_text, parse
from bisect_parity.errors import UsageError

PAYLOAD_TYPE = "application/vnd.in-toto+json"
ENVELOPE, SIGNATURE = ["payload", "payloadType", "signatures"], ["keyid", "sig"]  # in their order
LARGEST_KEY_BYTES = 1 << 16
REMEDY = (
    "Make one: openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout -out key.pub"
)


def sign(text: str, key: Path) -> str:
    """The text of an envelope around a statement.

    Args:
        text: of the statement.
        key: PEM file of an Ed25519, ECDSA or RSA private key, without a passphrase.

    Raises:
        UsageError: there is no such key, or securesystemslib is not installed.
    """
    signer_module, dsse = _library()
    try:
        signer = signer_module.CryptoSigner(_load(key, is_private=True))
        envelope = dsse.Envelope(text.encode(), PAYLOAD_TYPE, {})
        envelope.sign(signer)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{key} is not a key that can sign: {error}", REMEDY) from error
    return canonical_text(envelope.to_dict())


def open_envelope(document: dict[str, Any]) -> dict[str, Any]:
    """The statement in an envelope, whoever signed it.

    Raises:
        CanonicalError: the payload is no statement, or not written as it would be.
    """
    import base64  # noqa: PLC0415 - only for signed statements
    import binascii  # noqa: PLC0415

    try:
        payload = base64.b64decode(document["payload"], validate=True)
        texts = [payload, *(base64.b64decode(one["sig"], validate=True) for one in document["signatures"])]
    except (KeyError, TypeError, binascii.Error, ValueError) as error:
        raise CanonicalError("the envelope is damaged: its payload or a signature is not base64") from error
    encoded = [document["payload"], *(one["sig"] for one in document["signatures"])]
    if [base64.b64encode(text).decode() for text in texts] != encoded:
        raise CanonicalError("the envelope is damaged: unused bits of its base64 are set")
    if list(document) != ENVELOPE or any(list(one) != SIGNATURE for one in document["signatures"]):
        raise CanonicalError(
            "the envelope is damaged: its parts are not the expected ones, or in another order"
        )
    if document["payloadType"] != PAYLOAD_TYPE:
        raise CanonicalError("the envelope holds no in-toto statement")
    statement: dict[str, Any] = parse(payload)
    return statement


def check_signature(document: dict[str, Any], key: Path) -> str | None:
    """What is wrong with the signature of an envelope; None where the key's owner signed it.

    Raises:
        UsageError: there is no such key, or securesystemslib is not installed.
    """
    signer_module, dsse = _library()
    from securesystemslib.exceptions import VerificationError  # noqa: PLC0415 - an extra

    try:
        public = signer_module.SSlibKey.from_crypto(_load(key, is_private=False))
    except (ValueError, TypeError) as error:
        raise UsageError(f"{key} is not a public key: {error}", REMEDY) from error
    try:
        envelope = dsse.Envelope.from_dict(json.loads(canonical_text(document)))
        envelope.verify([public], 1)
    except (KeyError, TypeError, ValueError, VerificationError):
        return f"the signature is not that of {key}"
    return None


def _library() -> tuple[Any, Any]:
    try:
        from securesystemslib import dsse, signer  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(
            "signatures need securesystemslib", 'Install it: pip install "bisect-parity[sign]"'
        ) from error
    return signer, dsse


def _load(key: Path, *, is_private: bool) -> Any:
    """The key in a PEM file.

    Raises:
        UsageError: it cannot be read.
        ValueError, TypeError: it holds no key of this kind, or one with a passphrase.
    """
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - comes with the extra
        load_pem_private_key,
        load_pem_public_key,
    )

    try:
        with key.open("rb") as file:
            data = file.read(LARGEST_KEY_BYTES)
    except OSError as error:
        raise UsageError(f"cannot read {key}: {error.strerror}", REMEDY) from error
    return load_pem_private_key(data, None) if is_private else load_pem_public_key(data)
