"""Makes formats.json: small NIfTI, NRRD and MGH files that nibabel and pynrrd wrote, and what they hold.

    python3 -m venv /tmp/formats && /tmp/formats/bin/pip install nibabel pynrrd SimpleITK numpy
    /tmp/formats/bin/python make_formats.py

A case has its files (name, base 64), the frame to read (from 1), the shape depth x height x width, the values, x fastest,
and the affine to right, anterior, superior. What is expected of NRRD is checked against SimpleITK, of the others it is
nibabel's own.
"""

import base64
import json
import os
import tempfile
import warnings

import nibabel
import nrrd
import numpy as np
import SimpleITK as sitk

warnings.filterwarnings("ignore")
VERSIONS = {"nibabel": nibabel.__version__, "pynrrd": nrrd.__version__, "SimpleITK": sitk.Version.VersionString(),
            "numpy": np.__version__}
SIGNS = {"RAS": [1, 1, 1], "LAS": [-1, 1, 1], "LPS": [-1, -1, 1]}
LONG = {"RAS": "right-anterior-superior", "LAS": "left-anterior-superior", "LPS": "left-posterior-superior"}
TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]


def numbers(rng, dtype, shape):
    """Values that single precision holds, the ends of small types among them."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return rng.normal(0, 100, shape).astype(np.float32).astype(kind)
    info = np.iinfo(kind)
    low, high = max(info.min, -2 ** 24), min(info.max, 2 ** 24)
    values = rng.integers(low, high, shape, endpoint=True)
    values.flat[:2] = low, high
    return values.astype(kind)


def orientation(rng):
    """A turned, mirrored or permuted grid: affine to RAS."""
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    kind = rng.integers(3)
    if kind == 0:
        q = np.eye(3)[rng.permutation(3)] * rng.choice([-1, 1], 3)
    affine = np.eye(4)
    affine[:3, :3] = q * rng.uniform(0.5, 3, 3)
    affine[:3, 3] = rng.uniform(-100, 100, 3)
    return affine


def case(folder, name, data, affine, frame=None):
    """What the files in `folder` hold; `data` is x, y, z."""
    files = [[file, base64.b64encode(open(os.path.join(folder, file), "rb").read()).decode()]
             for file in sorted(os.listdir(folder))]
    return {"path": name, "files": files, "frame": frame, "shape": list(data.shape[::-1]),
            "values": np.asarray(data, np.float64).ravel("F").tolist(), "affine": affine[:3].tolist()}


def nrrd_case(rng, dtype, index):
    shape = tuple(int(n) for n in rng.integers(1, 5, 3))
    axis = [None, None, 0, 3, None, 1][index % 6]
    frames = 3
    order = rng.choice([">", "<"])
    world = ["RAS", "LAS", "LPS"][index % 3]
    affine = orientation(rng)
    sign = np.array(SIGNS[world])
    directions = (affine[:3, :3] * sign[:, None]).T
    volumes = [numbers(rng, dtype, shape) for _ in range(frames if axis is not None else 1)]
    data = volumes[0] if axis is None else np.stack(volumes, axis)
    header = {"encoding": ["raw", "gzip", "ascii"][int(rng.integers(3))],
              "space": world if index % 2 else LONG[world], "space origin": affine[:3, 3] * sign}
    if axis is None:
        header["space directions"] = directions
        header["kinds"] = ["domain"] * 3
    else:
        rows = [list(row) for row in directions]
        rows.insert(axis, [np.nan] * 3)  # Written as "none".
        header["space directions"] = rows
        header["kinds"] = ["domain"] * axis + ["vector"] + ["domain"] * (3 - axis)
    detached = index % 4 == 1
    name = "a.nhdr" if detached else "a.nrrd"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        nrrd.write(path, data.astype(np.dtype(dtype).newbyteorder(order)), header)
        chosen = int(rng.integers(frames)) if axis is not None else 0
        if axis in (None, 0) and min(shape) > 1:  # SimpleITK wants frames first; of one voxel it knows no direction.
            image = sitk.ReadImage(path)
            array = sitk.GetArrayFromImage(image)
            array = array if axis is None else array[..., chosen]
            assert np.array_equal(array.T, volumes[chosen]), (dtype, header)
            flip = np.diag([-1, -1, 1])
            found = flip @ np.array(image.GetDirection()).reshape(3, 3) @ np.diag(image.GetSpacing())
            assert np.allclose(found, affine[:3, :3]), (found, affine)
            assert np.allclose(flip @ np.array(image.GetOrigin()), affine[:3, 3])
        return case(folder, name, volumes[chosen], affine, None if axis is None else chosen + 1)


def nrrd_spacings(rng):
    data = numbers(rng, "int16", (3, 2, 4))
    with tempfile.TemporaryDirectory() as folder:
        nrrd.write(os.path.join(folder, "a.nrrd"), data, {"encoding": "gzip", "spacings": [0.5, 2.0, 3.0]})
        return case(folder, "a.nrrd", data, np.diag([0.5, 2, 3, 1]))


def nibabel_case(rng, make, name, dtype, frames):
    shape = tuple(int(n) for n in rng.integers(1, 5, 3))
    affine = orientation(rng)
    data = numbers(rng, dtype, shape + ((frames,) if frames > 1 else ()))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        make(data, affine).to_filename(path)
        image = nibabel.load(path)
        chosen = int(rng.integers(frames))
        back = image.get_fdata()
        assert np.array_equal(back, data)
        return case(folder, name, back[..., chosen] if frames > 1 else back, image.affine,
                    chosen + 1 if frames > 1 else None)


def formats():
    rng = np.random.default_rng(3)
    cases = [nrrd_case(rng, TYPES[index % len(TYPES)], index) for index in range(60)] + [nrrd_spacings(rng)]
    for index, dtype in enumerate(["uint8", "int16", "int32", "float32"] * 4):
        cases.append(nibabel_case(
            rng, nibabel.MGHImage, ["a.mgz", "a.mgh"][index // 4 % 2], dtype, 1 if index % 3 else 2))
    for index, dtype in enumerate(TYPES * 2):
        make = [nibabel.Nifti1Image, nibabel.Nifti2Image][index % 2]
        name = ["a.nii", "a.nii.gz"][index // 10]
        cases.append(nibabel_case(
            rng, lambda data, affine: make(data, affine, dtype=data.dtype), name, dtype, 1 if index % 4 else 3))
    return cases


lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in formats())
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "formats.json"), "w") as file:
    file.write('{"versions":%s,\n"cases":[\n%s\n]}\n' % (json.dumps(VERSIONS), lines))
