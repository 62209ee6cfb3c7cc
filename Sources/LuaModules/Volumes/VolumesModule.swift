import LuaBridge

extension LuaModule {
    /// `volumes`: scans and masks, their files and data sets, and what networks need of them.
    public static let volumes = LuaModule(
        "volumes",
        "Scans and masks: NIfTI files, data sets, phantoms, preparation for networks, patches, windows, and scores.",
        functions: volumeFiles + volumePhantoms + volumeDatasets + volumePreparation + volumeAugmentation
            + volumePatches
            + volumeWindows + volumeScores,
        types: [
            VolumeObject.luaType, DatasetObject.luaType, SubjectObject.luaType, SampleObject.luaType,
            PatchSamplerObject.luaType,
        ])
}
