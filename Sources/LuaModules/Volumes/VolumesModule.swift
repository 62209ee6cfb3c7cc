import LuaBridge
import Tensors
import Volumes

extension LuaModule {
    /// `volumes`: scans and masks, their files and data sets, and what networks need of them.
    public static let volumes = LuaModule(
        "volumes",
        "Scans and masks: files, data sets, phantoms, preparation for networks, patches, windows, and scores.",
        functions: volumeFiles + volumePhantoms + volumeDatasets + volumePreparation + volumeRecipes
            + volumeAugmentation + [volumeShift]
            + volumePatches + volumeWindows + volumeScores + [volumeCalibration] + volumeComponents + volumeLesionScores
            + [caseUncertainty],
        constants: [
            LuaConstant(
                "empty_mask_rule", "What the scores are where a mask is empty, in words.", EmptyMaskRule.text)
        ],
        types: [
            VolumeObject.luaType, DatasetObject.luaType, SubjectObject.luaType, SampleObject.luaType,
            PatchSamplerObject.luaType, RecipeObject.luaType,
        ])
}

extension LuaModule {
    /// Functions that make volumes and files of them.
    static let volumeFiles = [
        LuaFunction(
            "read",
            "Reads a volume: NIfTI (.nii, or .hdr and .img, each with or without .gz), NRRD (.nrrd, .nhdr) or MGH (.mgh, .mgz).",
            Parameter("path", Path.self, "the file"),
            Option("frame", Int?.self, in: .count, "which of several volumes, from 1; needed where there are several"),
            returns: "a volume",
            example: """
                local path = os.tmpname() .. ".nii.gz"; volumes.write(path, torch.ones(2, 3, 4)); \
                assert(volumes.read(path).data:sum():item() == 24)
                """
        ) { path, frame in VolumeObject(try Volume(contentsOf: path.text, frame: frame)) },
        LuaFunction(
            "write", "Writes a NIfTI file: .nii or .hdr and .img, each with or without .gz; whole or not at all.",
            Parameter("path", Path.self, "the file"),
            Parameter("volume", VolumeArgument.self, "a volume, or a tensor D x H x W"),
            Option(
                "like", VolumeObject?.self, "a volume of the same shape, whose affine and header are taken"),
            Option(
                "dtype", LuaChoice<VoxelType>.self, default: LuaChoice(.float32), "how voxels are stored in the file"),
            Option("version", Int.self, in: .between(1, 2), default: 1, "1 for NIfTI-1, 2 for NIfTI-2"),
            Option(
                "scale", Bool.self, default: false,
                "whether an integer type stores values beyond its range, or that are not whole, in equal steps"),
            example: """
                local path = os.tmpname() .. ".nii"; volumes.write(path, torch.ones(2, 3, 4), {dtype = "uint8"}); \
                assert(volumes.read(path).data:min():item() == 1)
                """
        ) { path, volume, like, type, version, isScaled in
            let volume = try volume.volume(on: like?.volume.grid)
            try renaming(["type": "dtype"]) {
                try volume.write(to: path.text, type: type.value, version: version, isScaled: isScaled)
            }
        },
        LuaFunction(
            "import_dicom",
            "Makes NIfTI files, with side-cars in JSON, of a folder of DICOM files by the program dcm2niix; leaves out "
                + "localisers, derived images, single slices and what is no image.",
            Parameter("folder", Path.self, "the folder of the DICOM files, in it or in folders within it"),
            Parameter("output", Path.self, "the folder of the NIfTI files, which is made where there is none"),
            returns: "a list of {path, series, description, modality, dimensions, spacing, frames}, where dimensions "
                + "and spacing in mm are depth, height, width; and a list of {name, reason} of what was left out",
            example: """
                local made, message = pcall(volumes.import_dicom, "/nowhere", os.tmpname()); \
                assert(not made and message:match("no such file"))
                """
        ) { folder, output -> ([LuaRecord], [LuaRecord]) in
            let result = try DICOMImport(of: folder.text, to: output.text)
            let series = result.series.map { series in
                LuaRecord([
                    "path": series.path, "series": series.number, "description": series.description,
                    "modality": series.modality, "dimensions": series.shape, "spacing": series.spacing,
                    "frames": series.frames,
                ])
            }
            return (series, result.skipped.map { LuaRecord(["name": $0.name, "reason": $0.reason]) })
        },
        LuaFunction(
            "volume", "Makes a volume of a tensor.",
            Parameter("data", Tensor.self, "D x H x W, behind any dimensions of size 1"),
            Option("like", VolumeObject?.self, "a volume of the same shape, whose affine is taken"),
            Option(
                "spacing", VoxelSpacing?.self,
                "without `like`: the distances of voxels in mm (depth, height, width), or 1"
            ).excluding("like"),
            returns: "a volume", example: "volumes.volume(torch.ones(2, 3, 4), {spacing = {2, 1, 1}}).spacing[1] == 2"
        ) { data, like, spacing -> VolumeObject in
            if let like { return VolumeObject(try Volume(data).on(like.volume.grid, "like")) }
            return VolumeObject(try Volume(data, affine: spacing?.affine ?? Affine(spacing: .one)))
        },
    ]
}
