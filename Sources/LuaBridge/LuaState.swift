import CLua
import Foundation
import Support

/// A Lua interpreter: the standard library, and the modules that are registered with it.
///
/// A state and the references to its values belong to the thread that made it.
public final class LuaState {
    /// What C knows of the state.
    let host: UnsafeMutablePointer<lunette_host>
    private let main: OpaquePointer
    private let thread = pthread_self()
    var collector = Collector()
    private var types: Set<ObjectIdentifier> = []
    private(set) var isOpen = true
    /// What Ctrl-C does while a script runs; it is left alone until this is set.
    public var interruptPolicy = InterruptPolicy.ignore
    /// Whether `os.exit` stops the script as an interrupt does, with the status in the error, where it would otherwise
    /// end the process.
    public var exitStopsScript = false
    /// The status that `os.exit` was called with, on the way to the top level.
    var exitStatus: Int32?
    /// Whether the state handles Ctrl-C now.
    var isInterruptible = false
    /// The declarations of all registered modules.
    public internal(set) var documentation = Documentation()
    var moduleTables: [(table: LuaTable, name: String)] = []
    private var chunks: [String: [String]] = [:]
    var sharedObjects: [ObjectIdentifier: AnyObject] = [:]

    /// Lua's release and its authors.
    public static var luaVersion: String { String(cString: lunette_lua_copyright) }

    /// Whether this is the thread that the state and its values belong to.
    public var isOnItsThread: Bool { pthread_equal(pthread_self(), thread) != 0 }

    /// Makes a state with Lua's standard library; `ignoresEnvironment` leaves LUA_PATH and LUA_CPATH out of account.
    public init(ignoresEnvironment: Bool = false) throws(LuaError) {
        guard let pointer = luaL_newstate() else { throw LuaError(message: "not enough memory for a Lua state") }
        main = pointer
        host = .allocate(capacity: 1)
        host.initialize(
            to: lunette_host(
                call: FunctionBox.call, interrupted: { Interrupt.isRequested },
                release: { $0.map { Unmanaged<AnyObject>.fromOpaque($0).release() } },
                leave: { pointer, status in
                    guard let pointer, let state = LuaState.of(LuaStack(pointer)) else { return false }
                    return state.leave(status)
                },
                start: { ChildProcess.start($0, $1, $2) }, wait: { ChildProcess.wait($0) },
                grant: { AvailableMemory.takeForScript($0, usesReserve: $1) },
                collect: { $0.map { LuaState.collect(LuaStack($0)) } },
                explain: { $0.map { LuaStack($0).explainShortage() } },
                trampoline: lunette_call, index: lunette_index, newindex: lunette_newindex, xpcall: lunette_xpcall,
                running: pointer, context: nil, collection_due: false, depth: 0, calls: 0,
                heap: 0, granted: 0, refused: 0))
        lunette_set_host(pointer, host)
        lua_setallocf(pointer, lunette_allocate, host)
        host.pointee.context = Unmanaged.passUnretained(self).toOpaque()
        let stack = LuaStack(pointer)
        ignoresEnvironment.push(on: stack)
        try stack.check(lunette_protect(pointer, lunette_do_open_libraries, 1, 0))
        if let folder = Sandbox.folder { try run(Self.restriction, name: "=sandbox", arguments: [.string(folder)]) }
        try registerFunctionType(stack)
    }

    deinit { close() }

    /// Closes the state: all objects are released, and what their finalisers do can be interrupted. A second time does
    /// nothing.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        moduleTables = []
        try? interruptible { () throws(LuaError) in lua_close(main) }
        _ = AvailableMemory.takeForScript(-host.pointee.granted)
        host.deallocate()
    }

    /// Notes the status of `os.exit`; returns whether the script is to be stopped.
    private func leave(_ status: Int32) -> Bool {
        guard exitStopsScript else { return false }
        exitStatus = status
        Interrupt.request()
        return true
    }

    /// The state that a coroutine belongs to.
    public static func of(_ stack: LuaStack) -> LuaState? {
        lunette_host_of(stack.pointer).pointee.context.map { Unmanaged.fromOpaque($0).takeUnretainedValue() }
    }

    /// The stack of the coroutine that runs; nil once the state is closed.
    public var stack: LuaStack? { isOpen ? host.pointee.running.map { LuaStack($0) } : nil }

    /// Sets a global variable.
    public func setGlobal(_ name: String, _ value: some LuaEncodable) throws(LuaError) {
        try lookup { stack throws(LuaError) in
            try value.push(on: stack)
            try stack.setGlobal(name, copyOf: -1)
        }
    }

    /// The global variable `name`, without metamethods.
    public func global(_ name: String) throws(LuaError) -> LuaValue {
        try lookup { stack throws(LuaError) in
            lua_rawgeti(stack.pointer, LUNETTE_REGISTRY, lua_Integer(LUA_RIDX_GLOBALS))
            try name.push(on: stack)
            lua_rawget(stack.pointer, -2)
            return try stack.value(LuaValue.self, at: -1)
        }
    }

    /// The text that `tostring` makes of a value.
    public func text(of value: LuaValue) throws(LuaError) -> String {
        try lookup { stack throws(LuaError) in
            try value.push(on: stack)
            return try stack.text(at: -1)
        }
    }

    /// The name of a value's type, in the words of Lua's messages.
    public func typeName(of value: LuaValue) throws(LuaError) -> String {
        try lookup { stack throws(LuaError) in
            try value.push(on: stack)
            return stack.typeName(at: -1)
        }
    }

    /// Notes the text of a chunk that is in no file, by its name: "=" and what messages call it.
    func note(_ text: String, of name: String) {
        guard name.hasPrefix("="), chunks[name]?.last != text else { return }
        // An entry is compiled in up to four forms, as an expression and as statements.
        chunks[name] = (chunks[name] ?? []).suffix(3) + [text]
    }

    /// The latest texts of the chunk `name`, "=" and what messages call it.
    package func texts(of name: String) -> [String] { chunks[name] ?? [] }

    /// Shows Lua's warnings (`warn`) on the standard error.
    public func showWarnings() { lunette_show_warnings(main) }

    /// Gives up the registry's hold on a value.
    func forget(_ key: Int32) {
        guard isOpen else { return }
        luaL_unref(main, LUNETTE_REGISTRY, key)
    }

    /// Whether the metatable of `type` has still to be made.
    func isNew(_ type: LuaType) -> Bool { !types.contains(ObjectIdentifier(type)) }

    /// Notes that the metatable of `type` is made.
    func noteMade(_ type: LuaType) { types.insert(ObjectIdentifier(type)) }

    /// What is done when an allocation is about to fail: a collection, if it is a function called by this state's
    /// script that allocates.
    var reclaimer: @Sendable () -> Void {
        let thread = UInt(pthread_self())
        let address = UInt(bitPattern: host)
        return {
            guard pthread_equal(pthread_self(), pthread_t(thread)) != 0,
                let host = UnsafeMutablePointer<lunette_host>(bitPattern: address), host.pointee.depth > 0,
                let running = host.pointee.running
            else { return }
            LuaState.collect(LuaStack(running))
        }
    }

    static func collect(_ stack: LuaStack) {
        guard let host = lunette_host_of(stack.pointer) else { return }
        host.pointee.collection_due = false
        // Finalisers make objects, too, which the collector notes.
        lunette_full_collection(stack.pointer)
        // What was granted and is free is there for tensors.
        let surplus = host.pointee.granted - max(host.pointee.heap, 0)
        if surplus > 0, AvailableMemory.takeForScript(-surplus) { host.pointee.granted -= surplus }
        LuaState.of(stack)?.collector.noteCollection()
    }
}

/// Decides when tensors have grown enough for Lua's garbage to be collected: its own collector sees a tensor as a few
/// bytes.
struct Collector {
    /// The bytes that were live after the last collection.
    private var floor = MemoryLedger.liveBytes
    private var limit = Self.smallest
    private static let smallest = 64 << 20
    private static let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)

    /// Asks for a collection after this call, where tensors have grown past the limit.
    @inline(__always)
    mutating func noteObject(_ host: UnsafeMutablePointer<lunette_host>) {
        let live = MemoryLedger.liveBytes
        // Reference counting may have freed tensors meanwhile, so the limit counts from the lowest point.
        if live < floor { floor = live }
        // Lua's own values get no memory from tensors that wait for their finalisers.
        if live &- floor > min(limit, (AvailableMemory.heldLimit ?? .max) / 8) { host.pointee.collection_due = true }
    }

    /// Sets the limit for the next time, after a collection: half of what is live, at least 64 MB, at most a sixteenth
    /// of the machine's memory.
    mutating func noteCollection() {
        floor = MemoryLedger.liveBytes
        limit = max(Self.smallest, min(Self.memory / 16, floor / 2))
    }
}

/// Objects that belong to a state and that functions of all modules find by their class, such as the random generator
/// that is used where a script names none.
extension LuaState {
    /// The state's object of a class, made at the first call.
    public func shared<Object: AnyObject>(_ type: Object.Type = Object.self, default make: () -> Object) -> Object {
        if let object = sharedObjects[ObjectIdentifier(type)] as? Object { return object }
        let object = make()
        sharedObjects[ObjectIdentifier(type)] = object
        return object
    }
}

extension LuaStack {
    /// The object of a class that belongs to the state of this stack, made at the first call.
    public func shared<Object: AnyObject>(_ type: Object.Type = Object.self, default make: () -> Object) -> Object {
        LuaState.of(self)?.shared(type, default: make) ?? make()
    }
}

extension LuaState {
    /// Lua that takes out of the standard library what the system refuses in a sandbox anyway, so that errors say why,
    /// and what reaches into other functions; it gets the sandbox's folder.
    static let restriction = """
        local folder = ...
        local function refuse(library, name, reason)
            _G[library][name] = function()
                error(("'%s.%s' is not there in a sandbox: %s"):format(library, name, reason), 2)
            end
        end
        refuse("os", "execute", "it starts no processes")
        refuse("io", "popen", "it starts no processes")
        refuse("package", "loadlib", "it loads no code of the machine's")
        package.cpath = ""
        package.searchers[4], package.searchers[3] = nil, nil
        for name in pairs(debug) do
            if name ~= "traceback" and name ~= "getinfo" then debug[name] = nil end
        end
        local count, exists = 0, io.open
        function os.tmpname()
            while true do
                count = count + 1
                local path = ("%s/lua_%d_%d"):format(folder, os.time(), count)
                local old = exists(path)
                if old then
                    old:close()
                else
                    assert(exists(path, "w")):close()
                    return path
                end
            end
        end
        """
}
