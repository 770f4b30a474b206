# SPDX-License-Identifier: Apache-2.0
"""Colours of terminals, and how well they can be read (WCAG 2.2, contrast ratio)."""
from pyte.graphics import FG_BG_256

# xterm's own, which most people's palettes are near to.
SIXTEEN = {
    "black": "000000", "red": "cd0000", "green": "00cd00", "brown": "cdcd00", "blue": "0000ee", "magenta": "cd00cd",
    "cyan": "00cdcd", "white": "e5e5e5", "brightblack": "7f7f7f", "brightred": "ff0000", "brightgreen": "00ff00",
    "brightbrown": "ffff00", "brightblue": "5c5cff", "brightmagenta": "ff00ff", "brightcyan": "00ffff",
    "brightwhite": "ffffff",
}
NAMES = list(SIXTEEN)


def rgb(parameters):
    """The colour that the parameters of an SGR sequence choose for text; None if they choose none."""
    numbers = [int(number or 0) for number in parameters.split(";")]
    if numbers[:2] == [38, 5] and len(numbers) == 3:
        return FG_BG_256[numbers[2]] if numbers[2] > 15 else SIXTEEN[NAMES[numbers[2]]]
    if len(numbers) == 1 and 30 <= numbers[0] <= 37:
        return SIXTEEN[NAMES[numbers[0] - 30]]
    if len(numbers) == 1 and 90 <= numbers[0] <= 97:
        return SIXTEEN[NAMES[numbers[0] - 82]]
    return None


def luminance(colour):
    parts = [int(colour[index:index + 2], 16) / 255 for index in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)
