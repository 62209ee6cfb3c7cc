import LuaBridge

/// The state whose script calls a function, for functions that make values of Lua; scripts pass nothing for it.
struct CurrentState: LuaParameter {
    /// None.
    var parameterDescriptions: [ParameterDescription] { [] }

    /// The state.
    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> LuaState {
        guard let state = LuaState.of(reader.stack) else { throw LuaArgumentError("self", "the Lua state is closed") }
        return state
    }
}

extension LuaState {
    /// An object or another value as Lua holds it.
    func value(of value: some LuaEncodable) throws(LuaError) -> LuaValue {
        try lookup { stack throws(LuaError) in
            try value.push(on: stack)
            return try stack.value(LuaValue.self, at: -1)
        }
    }
}
