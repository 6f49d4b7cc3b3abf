"""The published IDX data sets: file names, sizes, checksums and public homes."""

from __future__ import annotations

from dataclasses import dataclass, field

from neuroff.data.published import FileForm


@dataclass(frozen=True)
class IdxFile:
    """One published file.

    Attributes:
        stem: name of the uncompressed file; the published one adds `.gz`.
        gz_bytes: size of the published gzip file.
        gz_sha256: SHA-256 of the published gzip file.
        gz_md5: MD5 of the published gzip file, as its publishers and redistributors list it.
        raw_bytes: size of the decompressed content.
        raw_sha256: SHA-256 of the decompressed content; None where nobody lists it, and then
            only the gzip file is taken.
    """

    stem: str
    gz_bytes: int
    gz_sha256: str
    gz_md5: str
    raw_bytes: int
    raw_sha256: str | None

    @property
    def gz_name(self) -> str:
        """Name of the published gzip file."""
        return f"{self.stem}.gz"

    @property
    def forms(self) -> tuple[FileForm, ...]:
        """The published gzip file, and the plain one where its checksum is known."""
        packed = FileForm(self.gz_name, "gz", f"sha256:{self.gz_sha256}", self.gz_bytes, md5=self.gz_md5)
        if self.raw_sha256 is None:
            return (packed,)
        return packed, FileForm(self.stem, "plain", f"sha256:{self.raw_sha256}", self.raw_bytes)


@dataclass(frozen=True)
class IdxSet:
    """A data set of four IDX files with MNIST's layout.

    Attributes:
        name: the name users type.
        source: who published it.
        citation: the publication that describes it.
        mirrors: base addresses, tried in order; each ends with a slash.
        train_images, train_labels, test_images, test_labels: the four files.
        classes: names of the classes, where they have names of their own.
    """

    name: str
    source: str
    citation: str
    mirrors: tuple[str, ...]
    train_images: IdxFile
    train_labels: IdxFile
    test_images: IdxFile
    test_labels: IdxFile
    classes: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def folder(self) -> str:
        """Folder of the files below a data root."""
        return self.name

    @property
    def files(self) -> tuple[IdxFile, IdxFile, IdxFile, IdxFile]:
        """The four files, training set first."""
        return self.train_images, self.train_labels, self.test_images, self.test_labels


MNIST = IdxSet(
    name="mnist",
    source="MNIST, Y. LeCun, C. Cortes and C. J. C. Burges",
    citation="LeCun et al. 1998, Gradient-based learning applied to document recognition, Proc. IEEE 86(11)",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    train_images=IdxFile(
        stem="train-images-idx3-ubyte",
        gz_bytes=9912422,
        gz_sha256="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        gz_md5="f68b3c2dcbeaaa9fbdd348bbdeb94873",
        raw_bytes=47040016,
        raw_sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    train_labels=IdxFile(
        stem="train-labels-idx1-ubyte",
        gz_bytes=28881,
        gz_sha256="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        gz_md5="d53e105ee54ea40749a09fcbcd1e9432",
        raw_bytes=60008,
        raw_sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    test_images=IdxFile(
        stem="t10k-images-idx3-ubyte",
        gz_bytes=1648877,
        gz_sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        gz_md5="9fb629c4189551a2d022fa330f9573f3",
        raw_bytes=7840016,
        raw_sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    test_labels=IdxFile(
        stem="t10k-labels-idx1-ubyte",
        gz_bytes=4542,
        gz_sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        gz_md5="ec29112dd5afa0611ce80d1b7f02629c",
        raw_bytes=10008,
        raw_sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

FASHION_MNIST = IdxSet(
    name="fashion-mnist",
    source="Fashion-MNIST, Zalando Research",
    citation="Xiao, Rasul and Vollgraf 2017, Fashion-MNIST, arXiv:1708.07747",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    train_images=IdxFile(
        stem="train-images-idx3-ubyte",
        gz_bytes=26421880,
        gz_sha256="3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        gz_md5="8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        raw_bytes=47040016,
        raw_sha256="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ),
    train_labels=IdxFile(
        stem="train-labels-idx1-ubyte",
        gz_bytes=29515,
        gz_sha256="a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        gz_md5="25c81989df183df01b3e8a0aad5dffbe",
        raw_bytes=60008,
        raw_sha256="bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    test_images=IdxFile(
        stem="t10k-images-idx3-ubyte",
        gz_bytes=4422102,
        gz_sha256="346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        gz_md5="bef4ecab320f06d8554ea6380940ec79",
        raw_bytes=7840016,
        raw_sha256="5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ),
    test_labels=IdxFile(
        stem="t10k-labels-idx1-ubyte",
        gz_bytes=5148,
        gz_sha256="67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        gz_md5="bb300cfdad3c16e7a12a480ee83cd310",
        raw_bytes=10008,
        raw_sha256="0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
)

KMNIST = IdxSet(
    name="kmnist",
    source="Kuzushiji-MNIST, Center for Open Data in the Humanities",
    citation="Clanuwat et al. 2018, Deep Learning for Classical Japanese Literature, arXiv:1812.01718",
    mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    train_images=IdxFile(
        stem="train-images-idx3-ubyte",
        gz_bytes=18165135,
        gz_sha256="51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        gz_md5="bdb82020997e1d708af4cf47b453dcf7",
        raw_bytes=47040016,
        raw_sha256=None,
    ),
    train_labels=IdxFile(
        stem="train-labels-idx1-ubyte",
        gz_bytes=29497,
        gz_sha256="e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        gz_md5="e144d726b3acfaa3e44228e80efcd344",
        raw_bytes=60008,
        raw_sha256=None,
    ),
    test_images=IdxFile(
        stem="t10k-images-idx3-ubyte",
        gz_bytes=3041136,
        gz_sha256="edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        gz_md5="5c965bf0a639b31b8f53240b1b52f4d7",
        raw_bytes=7840016,
        raw_sha256=None,
    ),
    test_labels=IdxFile(
        stem="t10k-labels-idx1-ubyte",
        gz_bytes=5120,
        gz_sha256="20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        gz_md5="7320c461ea6c1c855c0b718fb2a4b134",
        raw_bytes=10008,
        raw_sha256=None,
    ),
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
)
"""Sizes and SHA-256 as TensorFlow Datasets lists them, MD5 and classes as torchvision does."""

IDX_SETS: tuple[IdxSet, ...] = (MNIST, FASHION_MNIST, KMNIST)


def owner_of(sha256: str) -> str | None:
    """Name the published file that has this checksum, as `set: file`, or None."""
    for spec in IDX_SETS:
        for file in spec.files:
            if sha256 in (file.gz_sha256, file.raw_sha256):
                return f"{spec.name}: {file.stem}"
    return None
