import LuaBridge

/// A Lua state with all of Lunette's modules: what the runner, the terminal and the notebook execute in.
public final class Session {
    /// The state.
    public let state: LuaState
    /// What is kept between the entries of an interactive session.
    public let workspace: Workspace

    /// Makes a session; `ignoresEnvironment` leaves LUA_PATH and LUA_CPATH out of account.
    public init(modules: [LuaModule] = LuaModule.all, ignoresEnvironment: Bool = false) throws(LuaError) {
        state = try LuaState(ignoresEnvironment: ignoresEnvironment)
        for module in modules { try state.register(module) }
        try state.registerHelp()
        workspace = try Workspace(state)
    }
}
