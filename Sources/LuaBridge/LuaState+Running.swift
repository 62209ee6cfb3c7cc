import CLua
import Support

extension LuaState {
    /// Runs a text as a chunk, and returns its results.
    ///
    /// `name` is what messages call it: "@" and a file's name, "=" and a name, or the text itself. `arguments` are what
    /// the chunk sees as `...`.
    @discardableResult
    public func run(_ text: String, name: String? = nil, arguments: [LuaValue] = []) throws(LuaError) -> [LuaValue] {
        try call(try load(text, name: name), arguments)
    }

    /// Runs the text in a file, the standard input for nil, and returns its results.
    @discardableResult
    public func runFile(_ path: String?, arguments: [LuaValue] = []) throws(LuaError) -> [LuaValue] {
        try call(try loadFile(path), arguments)
    }

    /// Makes a function of a text; it takes no bytecode. Its global variables are the fields of `environment`, if
    /// given.
    public func load(
        _ text: String, name: String? = nil, environment: LuaTable? = nil
    ) throws(LuaError) -> LuaCallback {
        try compile(text, name: name, environment: environment).get()
    }

    /// The function that `load` makes, or why a text is not Lua; what has another cause, as want of memory has, is
    /// thrown.
    package func compile(
        _ text: String, name: String? = nil, environment: LuaTable? = nil
    ) throws(LuaError) -> Swift.Result<LuaCallback, LuaError> {
        if let name { note(text, of: name) }
        return try lookup { stack throws(LuaError) in
            let status = text.rawBytes.withUnsafeBufferPointer { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    luaL_loadbufferx(stack.pointer, $0.baseAddress, $0.count, name ?? text, "t")
                }
            }
            if status == LUA_ERRSYNTAX { return .failure(stack.takeError(status)) }
            try stack.check(status)
            if let environment {
                environment.reference.push(on: stack)
                lua_setupvalue(stack.pointer, -2, 1)
            }
            return .success(try stack.value(LuaCallback.self, at: -1))
        }
    }

    /// Makes a function of the text in a file, the standard input for nil.
    public func loadFile(_ path: String?) throws(LuaError) -> LuaCallback {
        try lookup { stack throws(LuaError) in
            if let path {
                try stack.check(path.withSystemPath { lunette_load_file(stack.pointer, $0) })
            } else {
                try stack.check(lunette_load_file(stack.pointer, nil))
            }
            return try stack.value(LuaCallback.self, at: -1)
        }
    }

    /// Calls a function from the top level: with a traceback in the error, and stopped by Ctrl-C.
    @discardableResult
    public func call(_ function: LuaCallback, _ arguments: [LuaValue] = []) throws(LuaError) -> [LuaValue] {
        try interruptible { () throws(LuaError) in try callNow(function, arguments) }
    }

    /// Runs `body` at the top level so that Ctrl-C stops all of the script's code that it runs, a `__tostring` as well
    /// as a chunk, and Swift code that polls `Interrupt`. A call within another one is part of that one.
    ///
    /// This is the one place where a state takes Ctrl-C: run code and show its results within one call.
    public func interruptible<Result>(_ body: () throws(LuaError) -> Result) throws(LuaError) -> Result {
        guard !isInterruptible else { return try body() }
        isInterruptible = true
        let signal = InterruptSignal.begin(self)
        let running = host.pointee.running
        MemoryLedger.setReclaimer(reclaimer)
        if Interrupt.isRequested { lunette_arm(host) }
        defer {
            isInterruptible = false
            host.pointee.running = running
            signal?.end()
            MemoryLedger.setReclaimer(nil)
            exitStatus = nil
            Interrupt.clear()
        }
        do throws(LuaError) {
            return try body()
        } catch {
            guard Interrupt.isRequested else { throw error }
            if exitStatus == nil { ChildProcess.interruptAll() }
            throw LuaError(stopped: error, exitStatus: exitStatus)
        }
    }

    private func callNow(_ function: LuaCallback, _ arguments: [LuaValue]) throws(LuaError) -> [LuaValue] {
        try lookup { stack throws(LuaError) in
            try stack.reserve(Int32(clamping: arguments.count &+ 8))
            let handler = stack.count + 1
            lua_pushcclosure(stack.pointer, lunette_message_handler, 0)
            try function.push(on: stack)
            for argument in arguments { try argument.push(on: stack) }
            host.pointee.calls += 1
            let status = lua_pcallk(stack.pointer, Int32(clamping: arguments.count), LUA_MULTRET, handler, 0, nil)
            host.pointee.calls -= 1
            if host.pointee.depth == 0 { host.pointee.running = stack.pointer }
            guard status == LUA_OK else { throw error(stack, status) }
            var results: [LuaValue] = []
            for index in handler + 1..<stack.count + 1 { results.append(try stack.value(LuaValue.self, at: index)) }
            return results
        }
    }

    /// The error on the top of the stack, with the traceback that the message handler kept.
    private func error(_ stack: LuaStack, _ status: Int32) -> LuaError {
        let error = stack.takeError(status)
        lua_rawgetp(stack.pointer, LUNETTE_REGISTRY, lunette_traceback_key(stack.pointer))
        let traceback = stack.type(at: -1) == LUA_TSTRING && status == LUA_ERRRUN ? String.bytes(stack, at: -1) : nil
        stack.pop()
        return LuaError(raised: error.value, message: error.message, traceback: traceback)
    }
}
