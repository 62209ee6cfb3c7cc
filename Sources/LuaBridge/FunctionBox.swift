import CLua
import Support

/// A declared function as one state knows it: what the userdata in a Lua function's first upvalue holds.
final class FunctionBox {
    let function: LuaFunction
    /// The name with its module or type, as in `nn.Conv3d` or `Tensor:sum`.
    let qualifiedName: String

    init(_ function: LuaFunction, qualifiedName: String) {
        self.function = function
        self.qualifiedName = qualifiedName
    }

    /// Runs the function behind the closure that runs on `L`.
    static let call: @convention(c) (OpaquePointer?) -> Int32 = { pointer in
        guard let pointer else { return 0 }
        let stack = LuaStack(pointer)
        guard let box = FunctionBox.at(lunette_object_at(pointer, LUNETTE_UPVALUE)) else {
            return stack.fail(LuaError(message: "the function is no longer there"), in: nil)
        }
        OperationProfile.enter(box.qualifiedName)
        defer { OperationProfile.leave() }
        do {
            return try box.function.body(stack)
        } catch {
            return stack.fail(error, in: box.function)
        }
    }

    /// The box in the userdata of a function.
    static func at(_ userdata: UnsafeMutablePointer<lunette_object>?) -> FunctionBox? {
        guard let userdata, userdata.pointee.type == UnsafeMutableRawPointer(userdata.pointee.host),
            let box = userdata.pointee.object
        else { return nil }
        return Unmanaged<FunctionBox>.fromOpaque(box).takeUnretainedValue()
    }
}

extension LuaFunction: LuaEncodable {
    /// Pushes a Lua function that calls this one.
    public func push(on stack: LuaStack) throws(LuaError) { try push(on: stack, qualifiedName: name) }

    func push(on stack: LuaStack, qualifiedName: String) throws(LuaError) {
        try stack.reserve(6)
        let box = Unmanaged.passRetained(FunctionBox(self, qualifiedName: qualifiedName))
        let host = lunette_host_of(stack.pointer)
        // Userdata of objects hold their type here; that of a function holds the host, by which the two are told apart.
        let status = lunette_push_object(stack.pointer, UnsafeMutableRawPointer(host), box.toOpaque(), false)
        if status != LUA_OK { box.release() }
        try stack.check(status)
        try stack.check(lunette_push_function(stack.pointer))
    }
}

extension LuaStack {
    /// Leaves an error on the stack for C to raise; returns the code that says how.
    fileprivate func fail(_ error: any Error, in function: LuaFunction?) -> Int32 {
        if let error = LuaError.raised(by: error) {
            if !error.isFromLua, case .string(let text) = error.value { return fail(text) }
            do throws(LuaError) {
                try reserve(2)
                try error.value.push(on: self)
                return LUNETTE_RAISE
            } catch {
                return fail("not enough memory")
            }
        }
        if let error = error as? LuaArgumentError { return fail(text(of: error, in: function)) }
        return fail(String(describing: error))
    }

    private func fail(_ text: String) -> Int32 {
        lua_settop(pointer, min(count, 10))
        // If there is no memory for the text, that error is on the stack instead.
        return text.pushBytes(on: self) == LUA_OK ? LUNETTE_RAISE_AT_LINE : LUNETTE_RAISE
    }

    /// An argument error in the words of luaL_argerror, with the parameter's name.
    private func text(of error: LuaArgumentError, in function: LuaFunction?) -> String {
        guard let function else { return error.description }
        let parameters = function.layout.parameters
        let index =
            error.position ?? parameters.firstIndex { $0.name == error.name && $0.kind != .option }.map { $0 + 1 }
        guard var index else {
            return "bad option '\(error.name ?? "?")' to '\(function.name)' (\(error.reason))"
        }
        var activation = lua_Debug()
        if lua_getstack(pointer, 0, &activation) != 0, lua_getinfo(pointer, "n", &activation) != 0,
            let what = activation.namewhat, String(cString: what) == "method"
        {
            index -= 1
            if index == 0 { return "calling '\(function.name)' on bad self (\(error.reason))" }
        }
        let name = error.name.map { " '\($0)'" } ?? ""
        return "bad argument #\(index)\(name) to '\(function.name)' (\(error.reason))"
    }
}
