import LuaBridge
import Volumes

extension LuaModule {
    /// `volumes`: scans and masks, their files and data sets, and what networks need of them.
    public static let volumes = LuaModule(
        "volumes",
        "Scans and masks: NIfTI files, data sets, phantoms, preparation for networks, patches, windows, and scores.",
        functions: volumeFiles + volumePhantoms + volumeDatasets + volumePreparation + volumeAugmentation
            + volumePatches + volumeWindows + volumeScores + [volumeCalibration],
        constants: [
            LuaConstant(
                "empty_mask_rule", "What the scores are where a mask is empty, in words.", EmptyMaskRule.text)
        ],
        types: [
            VolumeObject.luaType, DatasetObject.luaType, SubjectObject.luaType, SampleObject.luaType,
            PatchSamplerObject.luaType,
        ])
}
