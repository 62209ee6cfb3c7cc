import LuaBridge
import Sessions

extension LuaModule {
    /// The modules of a session, in the order of the manual.
    public static let all: [LuaModule] = [
        torch, nn, optim, dist, prior, bayes, volumes, stats, plot, progress, study, mpi, report, display, check,
    ]
}

extension Session {
    /// Makes a session with all modules; with `ignoresEnvironment`, LUA_PATH and LUA_CPATH do not count.
    public convenience init(ignoresEnvironment: Bool = false) throws(LuaError) {
        try self.init(modules: LuaModule.all, ignoresEnvironment: ignoresEnvironment)
    }
}
