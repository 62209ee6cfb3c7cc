/// All declarations that a state knows: what help, completion and the reference manual are made from.
public struct Documentation {
    /// The modules, in the order of their registration.
    public private(set) var modules: [LuaModule] = []
    /// Functions that are global variables, in no module.
    public private(set) var globals: [LuaFunction] = []

    /// One declaration.
    public enum Entry {
        /// A module, by its full name.
        case module(name: String, LuaModule)
        /// A function of a module, or a method, by its full name.
        case function(name: String, LuaFunction)
        /// A constant of a module.
        case constant(name: String, LuaConstant)
        /// A type of objects.
        case type(name: String, LuaType)
        /// A property of a type.
        case property(name: String, LuaProperty)

        /// The full name: `nn.Conv3d` of a module's member, `Tensor:sum` of a method, `Tensor.grad` of a property.
        public var name: String {
            switch self {
            case .module(let name, _), .function(let name, _), .constant(let name, _), .type(let name, _),
                .property(let name, _):
                name
            }
        }

        /// The sentence that says what it is or does.
        public var summary: String {
            switch self {
            case .module(_, let module): module.summary
            case .function(_, let function): function.summary
            case .constant(_, let constant): constant.summary
            case .type(_, let type): type.summary
            case .property(_, let property): property.summary
            }
        }
    }

    /// No declarations.
    public init() {}

    /// Adds a module.
    public mutating func add(_ module: LuaModule) { modules.append(module) }

    /// Adds a function that is a global variable.
    public mutating func addGlobal(_ function: LuaFunction) { globals.append(function) }

    /// Every declaration: global functions, then modules, each followed by its functions, constants, types with their
    /// members, submodules.
    public var entries: [Entry] {
        globals.map { .function(name: $0.name, $0) } + modules.flatMap { Self.entries(of: $0, prefix: "") }
    }

    private static func entries(of module: LuaModule, prefix: String) -> [Entry] {
        let path = prefix + module.name
        var result = [Entry.module(name: path, module)]
        if let call = module.call { result.append(.function(name: path, call)) }
        result += module.functions.map { Entry.function(name: "\(path).\($0.name)", $0) }
        result += module.constants.map { Entry.constant(name: "\(path).\($0.name)", $0) }
        for type in module.types {
            result.append(.type(name: type.name, type))
            result += type.methods.map { Entry.function(name: "\(type.name):\($0.name)", $0) }
            result += type.properties.map { Entry.property(name: "\(type.name).\($0.name)", $0) }
            result += type.metamethods.map { Entry.function(name: "\(type.name):\($0.name)", $0) }
        }
        return result + module.submodules.flatMap { entries(of: $0, prefix: path + ".") }
    }

    /// The declarations that `name` may mean: by their full name, with '.' and ':' alike, or without the module; a type
    /// and its members with the module, too.
    public func find(_ name: String) -> [Entry] {
        let wanted = name.replacing(":", with: ".")
        let all = entries
        func matches(_ isMatch: (String) -> Bool) -> [Entry] {
            all.filter { isMatch($0.name.replacing(":", with: ".")) }
        }
        let exact = matches { $0 == wanted }
        let shorter = exact.isEmpty ? matches { $0.hasSuffix("." + wanted) } : exact
        guard shorter.isEmpty, let dot = wanted.firstIndex(of: "."),
            let module = modules.first(where: { $0.name == wanted[..<dot] })
        else { return shorter }
        let member = String(wanted[wanted.index(after: dot)...])
        let isOfType = module.types.contains { member == $0.name || member.hasPrefix($0.name + ".") }
        return isOfType ? matches { $0 == member } : []
    }
}

/// The reference manual, made from the declarations as Markdown.
public struct ReferenceManual {
    let documentation: Documentation

    /// The manual of these declarations.
    public init(_ documentation: Documentation) { self.documentation = documentation }

    /// The manual: a chapter for each module, a section for each function or type.
    public var markdown: String {
        documentation.entries.map(Self.section).joined(separator: "\n\n") + "\n"
    }

    private static func section(_ entry: Documentation.Entry) -> String {
        let heading =
            switch entry {
            case .module(let name, _): "# \(name)"
            case .type(let name, _): "## \(name)"
            case .constant(let name, _), .property(let name, _): "### \(name)"
            case .function(let name, let function): "### \(Help.call(function, name: name))"
            }
        return "\(heading)\n\n\(text(of: entry))"
    }

    /// What the manual says of a declaration, as Markdown without a heading.
    public static func text(of entry: Documentation.Entry) -> String {
        switch entry {
        case .module, .type, .constant: entry.summary
        case .property(_, let property):
            "\(property.summary)\n\nType: \(property.typeName)\(property.isSettable ? "" : ", read-only")."
        case .function(_, let function): text(of: function)
        }
    }

    private static func text(of function: LuaFunction) -> String {
        var parts = [function.summary]
        let rows = function.layout.parameters.filter { $0.name != "self" }.map { parameter in
            let fallback = parameter.defaultText.map { ", default `\($0)`" } ?? ""
            let option = parameter.kind == .option ? "option, " : ""
            return "- `\(parameter.name)` (\(option)\(parameter.typeName)\(fallback)): \(parameter.fullSummary)"
        }
        if !rows.isEmpty { parts.append(rows.joined(separator: "\n")) }
        if !function.returns.isEmpty { parts.append("Returns: \(function.returns)") }
        if !function.example.isEmpty { parts.append("```lua\n\(function.example)\n```") }
        return parts.joined(separator: "\n\n")
    }
}
