import LuaBridge
import Study

extension LuaModule {
    /// `study`: experiments of many jobs that can be stopped at any moment and started again.
    public static let study = LuaModule(
        "study", "Experiments of many jobs, which can be stopped at any moment and go on when they are started again.",
        functions: studyFolders + samplers,
        types: [StudyFolder.luaType, JobObject.luaType, StepLoop.luaType, RandomSampler.luaType])
}
