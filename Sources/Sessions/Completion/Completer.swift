import LuaBridge
import Support

/// Completes what is being typed, from the variables of a session and from the declarations; it runs no code of the
/// session's.
public struct Completer {
    private let workspace: Workspace
    private var documentation: Documentation { workspace.lua.documentation }

    /// How a text can continue.
    public struct Completion: Equatable, Sendable {
        /// The end of the text that is to be replaced.
        public let word: String
        /// What can stand in its place, sorted.
        public let candidates: [String]

        /// Candidates in the place of a word.
        public init(_ word: String, _ candidates: some Sequence<String>) {
            self.word = word
            self.candidates = candidates.sorted()
        }
    }

    /// Completes in a session.
    public init(_ workspace: Workspace) { self.workspace = workspace }

    /// What the text, all of an entry up to the cursor, can continue with.
    public func complete(_ text: String) -> Completion {
        switch CompletionRequest(text) {
        case .name(let prefix): Completion(prefix, names(prefix))
        case .member(let path, let isMethod, let prefix): Completion(prefix, members(of: path, isMethod, prefix))
        case .option(let path, let given, let prefix): options(of: path, given, prefix)
        case .path(let prefix): self.path(prefix)
        case .topic(let prefix): topic(prefix)
        case .nothing: Completion("", [])
        }
    }

    /// The names of declarations that begin with `prefix`.
    public func topic(_ prefix: String) -> Completion {
        Completion(prefix, Set(documentation.entries.map(\.name).filter { $0.hasPrefix(prefix) }))
    }

    /// The files whose path begins with `prefix`; only the last part of the path is replaced. Folders end with a slash.
    public func path(_ prefix: String) -> Completion {
        let cut = prefix.lastIndex(of: "/").map { prefix.index(after: $0) } ?? prefix.startIndex
        let (folder, start) = (String(prefix[..<cut]), String(prefix[cut...]))
        let files = (try? FileSystem.names(in: folder.isEmpty ? "." : folder)) ?? []
        let shown = files.filter { name in
            // Names with characters that a Lua string would have to escape are left out.
            name.hasPrefix(start) && name.hasPrefix(".") == start.hasPrefix(".")
                && !name.unicodeScalars.contains { $0.value < 32 || "\"'\\".unicodeScalars.contains($0) }
        }
        return Completion(
            start,
            shown.map { name in
                FileSystem.kind(folder + name) == .folder ? name + "/" : name
            })
    }

    private func names(_ prefix: String) -> [String] {
        let variables = members(of: nil, false, prefix)
        return prefix.isEmpty ? variables : variables + LuaTokens.keywords.filter { $0.hasPrefix(prefix) }
    }

    /// The members of an expression; the variables for nil.
    private func members(of path: ExpressionPath?, _ isMethod: Bool, _ prefix: String) -> [String] {
        if path?.base == .result { return isMethod ? methodNames(prefix) : [] }
        let names = try? workspace.lookup(path) { stack throws(LuaError) -> Set<String> in
            stack.memberNames(of: -1, prefix: prefix, functionsOnly: isMethod)
        }
        // Metamethods are offered only after an underscore.
        return (names ?? []).filter { LuaTokens.isName($0) && (!$0.hasPrefix("__") || prefix.hasPrefix("_")) }
    }

    /// The methods of all types, for an object whose type only running the code could tell.
    private func methodNames(_ prefix: String) -> [String] {
        Array(Set(methods.map(\.name).filter { $0.hasPrefix(prefix) }))
    }

    private var methods: [LuaFunction] {
        documentation.entries.flatMap { entry -> [LuaFunction] in
            guard case .type(_, let type) = entry else { return [] }
            return type.methods
        }
    }

    /// The options of a function, each with its equals sign; variables where it has none.
    private func options(of path: ExpressionPath, _ given: Set<String>, _ prefix: String) -> Completion {
        let all: [ParameterDescription]
        if path.base == .result {
            all = methods.filter { $0.name == path.members.last }.flatMap(\.layout.options)
        } else {
            let function = try? workspace.lookup(path) { stack throws(LuaError) -> LuaFunction? in
                stack.declaredFunction()
            }
            all = (function ?? nil)?.layout.options ?? []
        }
        let names = Set(all.map(\.name)).subtracting(given).filter { $0.hasPrefix(prefix) }
        guard !names.isEmpty else { return Completion(prefix, self.names(prefix)) }
        return Completion(prefix, names.map { $0 + " = " })
    }
}

extension Workspace {
    /// Runs `body` with the value of an expression (the environment for nil) on the top of the stack; the value is nil
    /// where only running code could tell it.
    func lookup<Result>(
        _ path: ExpressionPath?, _ body: (LuaStack) throws(LuaError) -> Result
    ) throws(LuaError) -> Result {
        try lua.lookup { stack throws(LuaError) in
            try environment.push(on: stack)
            guard let path else { return try body(stack) }
            switch path.base {
            case .name(let name): try stack.pushMember(name, of: -1)
            case .string: try "".push(on: stack)
            case .result: try LuaValue.none.push(on: stack)
            }
            for member in path.members { try stack.pushMember(member, of: -1) }
            return try body(stack)
        }
    }
}
