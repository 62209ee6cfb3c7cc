import LuaBridge

/// What an interactive session keeps between its entries: their variables, and the last result.
///
/// An entry runs in an environment of its own. Its global variables are those of the state; the `local` variables of
/// its outermost block (see `TopLevelLocals`) and `_`, the last result, are seen by other entries only, so that `local
/// table = ...` at a prompt spoils no library.
public struct Workspace {
    /// The state that entries run in.
    public let lua: LuaState
    /// What entries have as `_ENV`.
    let environment: LuaTable
    /// The texts of the entries, of which errors show lines.
    let entries = EntryTexts()
    private let keeper: LuaTable
    /// The names of the variables that are constant, as keys.
    private let constants: LuaTable
    private let initialNames: Set<String>

    /// The fields of the environment that take what is to be kept: no variable can have their names.
    private static let keepers = TopLevelLocals.Keepers(
        variables: #"_ENV["local"]"#, constants: #"_ENV["local const"]"#)
    private static let setup = """
        local kept, constants, globals, rawset = {}, {}, _G, rawset
        local function keeper(isConstant)
            return setmetatable({}, {__newindex = function(_, name, value)
                rawset(constants, name, isConstant)
                rawset(kept, name, value)
            end})
        end
        kept["local"], kept["local const"] = keeper(nil), keeper(true)
        return setmetatable(kept, {__index = globals, __newindex = globals}), kept["local"], constants
        """

    /// A session in a state; variables that are global now do not count as its own.
    public init(_ lua: LuaState) throws(LuaError) {
        self.lua = lua
        let made = try lua.run(Self.setup, name: "=workspace")
        guard made.count == 3, case .table(let environment) = made[0], case .table(let keeper) = made[1],
            case .table(let constants) = made[2]
        else {
            throw LuaError(message: "the session's environment cannot be made: setmetatable was replaced")
        }
        self.environment = environment
        self.keeper = keeper
        self.constants = constants
        initialNames = try lua.lookup { stack throws(LuaError) in
            try environment.push(on: stack)
            return stack.memberNames(of: -1).union(["local", "local const"])
        }
    }

    /// What a text that was read is.
    public enum Reading {
        /// Lua that can run.
        case complete(Entry)
        /// The beginning of a statement.
        case incomplete
        /// Not Lua.
        case wrong(LuaError)
    }

    /// A complete entry that can run.
    @dynamicMemberLookup
    public struct Entry {
        package let source: Source
        let function: LuaCallback

        /// What is known of its text.
        public subscript<Value>(dynamicMember path: KeyPath<Source, Value>) -> Value { source[keyPath: path] }
    }

    /// The text of a complete entry: an expression, or statements.
    public struct Source {
        /// The text.
        public let text: String
        /// The expression that it is, without a semicolon or comments around it; nil where it is statements.
        public let expression: String?
        /// Whether it is an expression but no statement, so that Lua would refuse it by itself.
        public let isOnlyExpression: Bool
        /// Whether a semicolon at its end hides what it gives.
        public let hidesResults: Bool

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
        do throws(LuaError) {
            let statements = try lua.compile(text, name: "=" + name)
            if case .success(let function) = try lua.compile(
                "return " + text, name: "=" + name, environment: environment),
                let expression = source.text(withoutLast: hides ? 1 : 0)
            {
                try checkAssignments(in: "return " + text, name: name)
                let isStatement = if case .success = statements { true } else { false }
                return .complete(
                    Entry(
                        source: Source(
                            text: text, expression: expression, isOnlyExpression: !isStatement, hidesResults: hides),
                        function: function))
            }
            _ = try statements.get()
            try checkAssignments(in: text, name: name)
            let kept = TopLevelLocals.kept(text, in: Self.keepers) ?? text
            return .complete(
                Entry(
                    source: Source(text: text, expression: nil, isOnlyExpression: false, hidesResults: hides),
                    function: try lua.load(kept, name: "=" + name, environment: environment)))
        } catch {
            return error.isUnfinished ? .incomplete : .wrong(error)
        }
    }

    /// Throws Lua's error where a text assigns to a variable that an earlier entry declared constant: the one that the
    /// text gives when that declaration is put before it.
    private func checkAssignments(in text: String, name: String) throws(LuaError) {
        let source = LuaTokens(text)
        let words = Set(source.tokens.indices.filter { source.isName($0) }.map { source.text(source.tokens[$0]) })
        let names = try LuaError.wrapping { try constants.pairs() }.compactMap { pair -> String? in
            if case .string(let name) = pair.key, words.contains(name) { name } else { nil }
        }.sorted()
        // Lua allows 200 local variables in a function.
        for first in stride(from: 0, to: names.count, by: 100) {
            let declaration = names[first...].prefix(100).map { "\($0) <const>" }.joined(separator: ", ")
            if case .failure(let error) = try lua.compile("local \(declaration); \(text)", name: "=" + name),
                error.message.contains("attempt to assign to const variable")
            {
                throw error
            }
        }
    }

    /// Runs an entry, and returns its results; the first result of an expression, unless it is nil, becomes `_`.
    public func run(_ entry: Entry) throws(LuaError) -> [LuaValue] {
        let results = try lua.call(entry.function)
        guard entry.expression != nil, let last = results.first else { return results }
        if case .none = last { return results }
        try LuaError.wrapping { try keeper.set("_", last) }
        return results
    }

    /// The variables that the session has made, by name, with their values; not `_`, nor the command line's `arg`.
    public func variables() throws(LuaError) -> [(name: String, value: LuaValue)] {
        try lua.lookup { stack throws(LuaError) in
            try environment.push(on: stack)
            let environment = stack.count
            var result: [(name: String, value: LuaValue)] = []
            for name in stack.memberNames(of: environment).subtracting(initialNames).sorted()
            where name != "_" && name != "arg" {
                try stack.pushMember(name, of: environment)
                result.append((name, try stack.value(LuaValue.self, at: -1)))
                stack.pop()
            }
            return result
        }
    }
}

extension LuaError {
    /// Whether the text that was read ended where more was expected.
    var isUnfinished: Bool { message.hasSuffix("<eof>") }
}
