"""The system's table of TCP connections as Linux writes it."""

from __future__ import annotations

import sys

import pytest

from harness.engine.tcp_table import shown, states_in

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1
   1: 0100007F:C350 0100007F:1F90 06 00000000:00000000 03:00001234 00000000     0        0 0 3
   2: 0100007F:1F90 0100007F:C351 05 00000000:00000000 03:00001234 00000000     0        0 0 3
""".splitlines()


def test_a_name_is_found_on_its_own_side_only() -> None:
    """The port of the one line is another line's peer."""
    assert list(states_in(TABLE, "0100007F:1F90", None)) == ["LISTEN", "FIN_WAIT2"]
    assert list(states_in(TABLE, "0100007F:C350", "0100007F:1F90")) == ["TIME_WAIT"]
    assert list(states_in(TABLE, "0100007F:C351", None)) == []


@pytest.mark.skipif(sys.byteorder != "little", reason="words are shown as the machine has them")
def test_names_are_written_as_the_kernel_writes_them() -> None:
    """IPv4 is one word, IPv6 four of them, and the port is a number."""
    assert shown({"host": "127.0.0.1", "port": 8080}) == "0100007F:1F90"
    expected = "000080FE000000000000000001000000:0001"
    assert shown({"host": "fe80::1", "port": 1}) == expected
