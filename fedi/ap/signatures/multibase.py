"""Base58 (Bitcoin alphabet) behind the multibase letter z."""

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUE = {letter: number for number, letter in enumerate(_ALPHABET)}
# The time grows with the square of the length; the longest key that we take is shorter than this.
MAX_LENGTH = 1600


def encode(raw: bytes) -> str:
    """The bytes as `z…`."""
    number = int.from_bytes(raw, "big")
    letters: list[str] = []
    while number:
        number, rest = divmod(number, 58)
        letters.append(_ALPHABET[rest])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "z" + "1" * zeros + "".join(reversed(letters))


def decode(text: str) -> bytes:
    """The bytes behind `z…`; ValueError for any other text."""
    if not text.startswith("z") or len(text) > MAX_LENGTH:
        raise ValueError("not base58btc multibase")
    number = 0
    for letter in text[1:]:
        if letter not in _VALUE:
            raise ValueError("a letter that is not base58")
        number = number * 58 + _VALUE[letter]
    digits = text[1:].lstrip("1")
    zeros = len(text) - 1 - len(digits)
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
