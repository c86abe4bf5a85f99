"""Writes and rewrites checkpoint files byte by byte, for tests: what TensorFlow never writes, and damage.

Independent of `slim_torch.checkpoint`, so that a mistake there is not repeated here. Runs under the oracle's
Python too, with nothing but the standard library.
"""

import struct

MAGIC = bytes.fromhex("57fb808b247547db")
# Bytes per number that a big-endian machine stores the other way round.
_SWAPPED = {1: 4, 2: 8, 3: 4, 4: 1, 5: 2, 6: 1, 8: 4, 9: 8, 10: 1, 14: 2, 17: 2, 18: 8, 19: 2, 22: 4, 23: 8}
_STRING = 7


def _crc_table():
    table = []
    for number in range(256):
        for _ in range(8):
            number = (number >> 1) ^ (0x82F63B78 if number & 1 else 0)
        table.append(number)
    return table


_TABLE = _crc_table()


def crc32c(data, crc=0):
    """The Castagnoli checksum, bit by bit as its polynomial says."""
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def masked(crc):
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def varint(number):
    number &= (1 << 64) - 1
    result = bytearray()
    while number >= 0x80:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)


def read_varint(data, position):
    result = shift = 0
    while True:
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7


# Protocol buffers: a message is a list of [field number, value]; an int is a varint, bytes have a length,
# ("fixed32", n) is four bytes.


def message(fields):
    result = b""
    for number, value in fields:
        if isinstance(value, tuple):
            result += varint(number << 3 | 5) + struct.pack("<I", value[1] & 0xFFFFFFFF)
        elif isinstance(value, int):
            result += varint(number << 3) + varint(value)
        else:
            result += varint(number << 3 | 2) + varint(len(value)) + value
    return result


def read_message(data):
    fields, position = [], 0
    while position < len(data):
        tag, position = read_varint(data, position)
        if tag & 7 == 0:
            value, position = read_varint(data, position)
        elif tag & 7 == 5:
            value = ("fixed32", struct.unpack_from("<I", data, position)[0])
            position += 4
        else:
            assert tag & 7 == 2
            length, position = read_varint(data, position)
            value = data[position : position + length]
            position += length
        fields.append([tag >> 3, value])
    return fields


def field(fields, number, default=0):
    return next((value for n, value in fields if n == number), default)


def with_field(fields, number, *values):
    """The message with these values for a field, at its place."""
    kept = [entry for entry in fields if entry[0] != number]
    return sorted(kept + [[number, value] for value in values], key=lambda entry: entry[0])


# Tables.


def snappy(data):
    """`data` in snappy's format: literals, and copies of what the last 60,000 bytes have."""
    result, position, literal = varint(len(data)), 0, 0
    seen = {}

    def literals(end):
        out = b""
        for start in range(literal, end, 65536):
            piece = data[start : min(end, start + 65536)]
            size = len(piece) - 1
            if size < 60:
                out += bytes([size << 2])
            elif size < 256:
                out += bytes([60 << 2, size])
            else:
                out += bytes([61 << 2]) + struct.pack("<H", size)
            out += piece
        return out

    while position < len(data):
        here = data[position : position + 4]
        before = seen.get(here)
        seen[here] = position
        if len(here) < 4 or before is None or position - before > 60000:
            position += 1
            continue
        length = 4
        while (
            length < 64 and position + length < len(data) and data[before + length] == data[position + length]
        ):
            length += 1
        distance = position - before
        result += literals(position)
        if length <= 11 and distance < 2048:
            result += bytes([1 | (length - 4) << 2 | distance >> 8 << 5, distance & 0xFF])
        elif distance % 2:
            result += bytes([2 | (length - 1) << 2]) + struct.pack("<H", distance)
        else:
            result += bytes([3 | (length - 1) << 2]) + struct.pack("<I", distance)
        position += length
        literal = position
    return result + literals(len(data))


def block(entries, restart_interval=16):
    """A block's bytes, without its trailer."""
    result, restarts, previous = b"", [], b""
    for number, (key, value) in enumerate(entries):
        shared = 0
        if number % restart_interval == 0:
            restarts.append(len(result))
        else:
            while shared < min(len(key), len(previous)) and key[shared] == previous[shared]:
                shared += 1
        result += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        previous = key
    restarts = restarts or [0]
    return result + struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))


def read_block(data):
    (count,) = struct.unpack("<I", data[-4:])
    entries, position, key = [], 0, b""
    while position < len(data) - 4 - 4 * count:
        shared, position = read_varint(data, position)
        added, position = read_varint(data, position)
        length, position = read_varint(data, position)
        key = key[:shared] + data[position : position + added]
        position += added
        entries.append((key, data[position : position + length]))
        position += length
    return entries


def sealed(content, compression=0):
    """A block with its compression byte and checksum."""
    content += bytes([compression])
    return content + struct.pack("<I", masked(crc32c(content)))


def table(entries, block_size=1 << 18, compressed=False, restart_interval=16):
    """The bytes of a table of (key, value) pairs, which are not sorted here."""
    return table_of_blocks(in_blocks(entries, block_size), compressed, restart_interval)


def in_blocks(entries, block_size):
    groups, size = [[]], 0
    for key, value in entries:
        if size > block_size:
            groups.append([])
            size = 0
        groups[-1].append((key, value))
        size += len(key) + len(value) + 3
    return groups


def table_of_blocks(groups, compressed=False, restart_interval=16):
    result, index = b"", []

    def add(content):
        nonlocal result
        if compressed:
            content = snappy(content)
        handle = varint(len(result)) + varint(len(content))
        result += sealed(content, int(compressed))
        return handle

    for group in groups:
        handle = add(block(group, restart_interval))
        index.append((group[-1][0], handle))
    handles = add(block([])) + add(block(index, 1))
    return result + handles.ljust(40, b"\0") + MAGIC


def read_handles(data):
    """[(offset, size)] of the data blocks of an uncompressed table, of the metaindex and of the index."""
    footer = data[-48:-8]
    meta, position = read_varint(footer, 0)
    meta_size, position = read_varint(footer, position)
    index, position = read_varint(footer, position)
    index_size, position = read_varint(footer, position)
    handles = []
    for _, value in read_block(data[index : index + index_size]):
        offset, position = read_varint(value, 0)
        handles.append((offset, read_varint(value, position)[0]))
    return handles, (meta, meta_size), (index, index_size)


def read_table(data):
    """The (key, value) pairs of an uncompressed table."""
    return [
        entry for offset, size in read_handles(data)[0] for entry in read_block(data[offset : offset + size])
    ]


# Tensor bundles (V2).


def swapped(data, width):
    return b"".join(data[start : start + width][::-1] for start in range(0, len(data), width))


def big_endian(index, data):
    """The index and the data file of a bundle as a big-endian machine would have written them."""
    result, entries = bytearray(data), []
    for key, value in read_table(index):
        fields = read_message(value)
        if key == b"":
            fields = with_field(fields, 2, 1)
        elif field(fields, 5):
            start, size, dtype = field(fields, 4), field(fields, 5), field(fields, 1)
            stored = data[start : start + size]
            if dtype == _STRING:
                stored, crc = _big_endian_strings(stored, fields)
            else:
                stored = swapped(stored, _SWAPPED[dtype])
                crc = masked(crc32c(stored))
            result[start : start + size] = stored
            fields = with_field(fields, 6, ("fixed32", crc))
        entries.append((key, message(fields)))
    return table(entries), bytes(result)


def _big_endian_strings(stored, fields):
    count = 1
    for dim in read_message(field(fields, 2, b"")):
        count *= field(read_message(dim[1]), 1)
    lengths, position = [], 0
    for _ in range(count):
        length, position = read_varint(stored, position)
        lengths.append(length)
    crc = crc32c(struct.pack(f">{count}I", *lengths))
    checksum = struct.pack(">I", masked(crc))
    texts = stored[position + 4 :]
    return stored[:position] + checksum + texts, masked(crc32c(texts, crc32c(checksum, crc)))
