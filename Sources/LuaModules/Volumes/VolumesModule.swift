import LuaBridge

extension LuaModule {
    /// `volumes`: scans and masks, their files and data sets, and what networks need of them.
    public static let volumes = LuaModule(
        "volumes", "Scans and masks: NIfTI files, data sets, phantoms, preparation for networks, and scores.",
        functions: volumeFiles + volumePhantoms + volumeDatasets + volumePreparation + volumeScores,
        types: [VolumeObject.luaType, DatasetObject.luaType, SubjectObject.luaType, SampleObject.luaType])
}
