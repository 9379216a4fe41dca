"""Stand-in for the firmware of a Raspberry Pi, its table of boards.

Revision codes are new style (raspberrypi/documentation, revision-codes): memory, manufacturer, processor, type, revision.
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Board:
    """What differs between boards as far as an operating system can see it.

    filters: sections of config.txt that hold on this board. reserved_mib: memory that the GPU and the kernel keep from MemTotal.
    """

    model: str
    revision: str
    soc: str
    memory_mib: int
    filters: tuple[str, ...]
    reserved_mib: int
    prefers_16k_pages: bool = False
    has_pcie: bool = False


BOARDS = {
    "2b": Board("Raspberry Pi 2 Model B Rev 1.2", "a22042", "bcm2837", 1024, ("pi2",), 100),
    "3b+": Board("Raspberry Pi 3 Model B Plus Rev 1.3", "a020d3", "bcm2837", 1024, ("pi3", "pi3+"), 119),
    "4b-2gb": Board("Raspberry Pi 4 Model B Rev 1.5", "b03115", "bcm2711", 2048, ("pi4",), 200),
    "4b-4gb": Board("Raspberry Pi 4 Model B Rev 1.5", "c03115", "bcm2711", 4096, ("pi4",), 300),
    "4b-8gb": Board("Raspberry Pi 4 Model B Rev 1.4", "d03114", "bcm2711", 8192, ("pi4",), 400),
    "5-8gb": Board("Raspberry Pi 5 Model B Rev 1.0", "d04170", "bcm2712", 8192, ("pi5",), 200, prefers_16k_pages=True, has_pcie=True),
    "zero2w": Board("Raspberry Pi Zero 2 W Rev 1.0", "902120", "bcm2837", 512, ("pi02",), 95),
}
