/// What an interactive session keeps between its entries: their variables, and the last result.
///
/// An entry runs in an environment of its own. Its global variables are those of the state; the `local` variables of its
/// outermost block (see `TopLevelLocals`) and `_`, the last result, are seen by other entries only, so that
/// `local table = ...` at a prompt spoils no library.
public struct Workspace {
    /// The state that entries run in.
    public let lua: LuaState
    /// What entries have as `_ENV`.
    let environment: LuaTable
    /// What errors show lines of.
    let entries = EntryTexts()
    private let keeper: LuaTable
    private let initialNames: Set<String>

    /// The field of the environment that takes what is to be kept: no variable can have its name.
    private static let keeperText = #"_ENV["local"]"#
    private static let setup = """
        local kept, globals, rawset = {}, _G, rawset
        kept["local"] = setmetatable({}, {__newindex = function(_, name, value) rawset(kept, name, value) end})
        return setmetatable(kept, {__index = globals, __newindex = globals}), kept["local"]
        """

    /// A session in a state; what is global now does not count as its own.
    public init(_ lua: LuaState) throws(LuaError) {
        self.lua = lua
        let made = try lua.run(Self.setup, name: "=workspace")
        guard made.count == 2, case .table(let environment) = made[0], case .table(let keeper) = made[1] else {
            throw LuaError(message: "the session's environment cannot be made: setmetatable was replaced")
        }
        self.environment = environment
        self.keeper = keeper
        initialNames = try lua.lookup { stack throws(LuaError) in
            environment.reference.push(on: stack)
            return stack.memberNames(of: -1).union(["local"])
        }
    }

    /// What an entry turned out to be.
    public enum Reading {
        /// Lua that can run.
        case complete(Entry)
        /// The beginning of a statement.
        case incomplete
        /// Not Lua.
        case wrong(LuaError)
    }

    /// A complete entry: an expression, or statements.
    public struct Entry {
        /// Its text.
        public let text: String
        /// The expression that it is, without a semicolon or comments around it; nil where it is statements.
        public let expression: String?
        /// Whether it is an expression that is no statement, and so no Lua of its own.
        public let isOnlyExpression: Bool
        /// Whether a semicolon at its end hides what it gives.
        public let hidesResults: Bool
        let function: LuaCallback

        /// Whether a name occurs in it.
        public func mentions(_ name: String) -> Bool {
            let source = LuaTokens(text)
            return source.tokens.indices.contains { source.isName($0) && source.isWord($0, name) }
        }
    }

    /// Reads an entry, which messages call `name`; `source` is what was typed, where that is another text of as many
    /// lines.
    public func read(_ text: String, name: String, source typed: String? = nil) -> Reading {
        entries.texts[name] = typed ?? text
        let source = LuaTokens(text)
        let hides = source.isWord(source.tokens.count - 1, ";")
        let statements = Result { () throws(LuaError) in try lua.load(text, name: "=" + name) }
        if let function = try? lua.load("return " + text, name: "=" + name, environment: environment),
            let expression = source.text(withoutLast: hides ? 1 : 0)
        {
            let isStatement = if case .success = statements { true } else { false }
            return .complete(
                Entry(
                    text: text, expression: expression, isOnlyExpression: !isStatement, hidesResults: hides,
                    function: function))
        }
        do throws(LuaError) {
            _ = try statements.get()
            let kept = TopLevelLocals.kept(text, in: Self.keeperText) ?? text
            return .complete(
                Entry(
                    text: text, expression: nil, isOnlyExpression: false, hidesResults: hides,
                    function: try lua.load(kept, name: "=" + name, environment: environment)))
        } catch {
            return error.message.hasSuffix("<eof>") ? .incomplete : .wrong(error)
        }
    }

    /// Runs an entry, and returns its results; the first result of an expression, unless it is nil, becomes `_`.
    public func run(_ entry: Entry) throws(LuaError) -> [LuaValue] {
        let results = try lua.call(entry.function)
        guard entry.expression != nil, let last = results.first else { return results }
        if case .none = last { return results }
        do {
            try keeper.set("_", last)
        } catch {
            throw (error as? LuaError) ?? LuaError(message: String(describing: error))
        }
        return results
    }

    /// The variables that the session has made, by name, with their values; not `_`, nor the command line's `arg`.
    public func variables() throws(LuaError) -> [(name: String, value: LuaValue)] {
        try lua.lookup { stack throws(LuaError) in
            environment.reference.push(on: stack)
            let environment = stack.count
            var result: [(name: String, value: LuaValue)] = []
            for name in stack.memberNames(of: environment).subtracting(initialNames).sorted()
            where name != "_" && name != "arg" {
                try stack.pushMember(name, of: environment)
                do throws(LuaMismatch) {
                    result.append((name, try LuaValue.decode(stack, at: -1)))
                } catch {
                    throw LuaError(message: error.description)
                }
                stack.pop()
            }
            return result
        }
    }
}
