"""A folder of images, a folder a class; or such folders in ``train`` and ``test``. Read by Pillow."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.own.rows import Rows
from neuroff.errors import DataError, MissingDependencyError

IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""Which Pillow may read, whatever a file's name: others start programs, such as PostScript."""
_LARGEST = 4096
"""Pixels of a side."""


def read_folder(path: Path, label: str | None) -> Rows:
    """Read images.

    Args:
        path: the folder.
        label: must be None: folders are classes.

    Raises:
        DataError: naming the file that is damaged or of another size.
        MissingDependencyError: if Pillow is not installed.
    """
    if label is not None:
        raise DataError("a label column", where=str(path), expected="none: folders are classes")
    parts = parts_of(path)
    if len(parts) > 1:
        (values, classes), test = (_images(part) for part in parts)
        if values.shape[1:] != test[0].shape[1:]:
            raise DataError(
                f"test images of {test[0].shape[1:]} pixels", where=str(path), expected=f"{values.shape[1:]}"
            )
        return Rows(values, classes, test)
    return Rows(*_images(path))


def parts_of(path: Path) -> tuple[Path, ...]:
    """Return the folders ``train`` and ``test`` of a folder that has both, else the folder itself."""
    parts = path / "train", path / "test"
    return parts if all(part.is_dir() for part in parts) else (path,)


def _images(path: Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[Any]]:
    files = class_files(path, IMAGES)
    if not files:
        raise DataError(
            "no images",
            where=str(path),
            expected="a folder for each class, with images ("
            + ", ".join(IMAGES[:4])
            + ", …) or recordings in it",
        )
    return _stacked(files), np.array([file.parent.name for file in files])


def read_images(path: Path) -> npt.NDArray[np.uint8]:
    """Read images whose classes are not known: those of a folder, and of the folders in it.

    Raises:
        DataError: if there are none, or naming the file that is damaged or of another size.
    """
    return _stacked(images_without_class(path))


def images_without_class(path: Path) -> list[Path]:
    """Return the images of a folder and of the folders in it, in order.

    Raises:
        DataError: if there are none.
    """
    return files_without_class(path, IMAGES, "images")


def files_without_class(path: Path, suffixes: tuple[str, ...], what: str) -> list[Path]:
    """Return the files of some suffixes in a folder and in the folders in it, in order.

    Raises:
        DataError: if there are none.
    """
    files = [*sorted(_files_in(path, suffixes)), *class_files(path, suffixes)]
    if not files:
        raise DataError(f"no {what}", where=str(path), expected=f"files of {', '.join(suffixes[:4])}, …")
    return files


def _stacked(files: list[Path]) -> npt.NDArray[np.uint8]:
    read = [_image(file) for file in files]
    sizes = Counter(image.shape[:2] for image, _ in read)
    if len(sizes) > 1:
        (usual, many), *_ = sizes.most_common()
        odd, like = (
            next(index for index, (image, _) in enumerate(read) if (image.shape[:2] == usual) == same)
            for same in (False, True)
        )
        height, width = read[odd][0].shape[:2]
        raise DataError(
            f"{width}×{height} pixels",
            where=str(files[odd]),
            expected=f"{usual[1]}×{usual[0]}, as {files[like]} and {many} of all {len(files)} images",
            fix="bring all images to one size first",
        )
    if len({mode for _, mode in read}) > 1:  # grey among colours
        return np.stack([image if image.ndim == 3 else coloured(image) for image, _ in read])
    return np.stack([image for image, _ in read])


def coloured(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return grey images ``(…, H, W)`` as colours ``(…, H, W, 3)``."""
    return np.repeat(grey[..., None], 3, -1)


def class_files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files of some suffixes of all classes of a folder, in order."""
    return sorted(
        file
        for folder in sorted(path.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
        for file in _files_in(folder, suffixes)
    )


def _files_in(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return [file for file in folder.iterdir() if file.suffix.lower() in suffixes and file.is_file()]


def _image(file: Path) -> tuple[npt.NDArray[np.uint8], str]:
    try:
        from PIL import Image
    except ImportError:
        raise MissingDependencyError(
            "Pillow is not installed", where=str(file), fix="run `pip install pillow`"
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of tags that say nothing about pixels
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=_FORMATS) as image:
                if max(image.size) > _LARGEST:
                    raise DataError(
                        f"{image.size[0]}×{image.size[1]} pixels",
                        where=str(file),
                        expected=f"at most {_LARGEST} a side",
                    )
                mode = "L" if image.mode in ("1", "L", "I", "I;16", "F") else "RGB"
                return np.asarray(image.convert(mode), dtype=np.uint8), mode
    except DataError:
        raise
    except Exception as error:  # damaged images make Pillow raise whatever its many readers come across
        raise DataError(f"cannot read ({error})", where=str(file), expected="an image") from None
