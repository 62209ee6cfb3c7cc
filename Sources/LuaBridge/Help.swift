import Support

/// The text of `help`: what a declaration says, for reading in a terminal.
public struct Help {
    let documentation: Documentation
    private let width: Int?

    /// Help from these declarations, in lines of at most `width` characters; nil leaves them whole. Examples are not
    /// broken: they can be copied.
    public init(_ documentation: Documentation, width: Int? = nil) {
        (self.documentation, self.width) = (documentation, width)
    }

    /// The list of modules.
    public var overview: String {
        let modules = documentation.modules
        guard !modules.isEmpty else { return "There are no modules." }
        return "Modules:\n" + list(modules.map { ($0.name, $0.summary) })
            + "\nhelp(name) tells more: help(\"\(modules[0].name)\")."
    }

    /// What is known of `name`, such as "nn.Conv3d" or "Tensor:sum"; nil where that is nothing.
    public func text(about name: String) -> String? {
        let entries = documentation.find(name)
        return entries.isEmpty ? nil : entries.map(text).joined(separator: "\n\n")
    }

    /// The declarations that contain every word of a text, in their names, sentences or parameters: a line for each.
    public func search(_ text: String) -> String {
        let words = text.lowercased().split(separator: " ")
        let found = documentation.entries.filter { entry in
            let told = Self.searchableText(entry).lowercased()
            return words.allSatisfy { told.contains($0) }
        }
        return found.isEmpty ? "Nothing tells of '\(text)'." : list(found.map { ($0.name, $0.summary) })
    }

    private static func searchableText(_ entry: Documentation.Entry) -> String {
        guard case .function(_, let function) = entry else { return entry.name + " " + entry.summary }
        let parameters = function.layout.parameters.filter { $0.name != "self" }.map { "\($0.name) \($0.summary)" }
        return ([entry.name, entry.summary, function.returns] + parameters).joined(separator: " ")
    }

    /// The error for a name of which nothing is known.
    public func unknown(_ name: String) -> LuaError {
        let names = documentation.entries.map(\.name)
        let last = name.split(whereSeparator: { $0 == "." || $0 == ":" }).last.map(String.init) ?? name
        let near =
            nearestName(to: name, among: names)
            ?? nearestName(
                to: last, among: names.map { String($0.split(whereSeparator: { $0 == "." || $0 == ":" }).last ?? "") })
        return LuaError(message: "no help for '\(name)'" + (near.map { " (did you mean '\($0)'?)" } ?? ""))
    }

    /// A declaration in full.
    public func text(_ entry: Documentation.Entry) -> String {
        switch entry {
        case .module(let name, let module): text(module, name)
        case .function(let name, let function): text(function, name)
        case .constant(let name, let constant): paragraph("\(name): \(constant.summary)")
        case .type(_, let type): text(type)
        case .property(let name, let property): paragraph("\(name): \(Self.text(property))")
        }
    }

    private func text(_ module: LuaModule, _ path: String) -> String {
        let functions = module.functions.map { (Self.call($0, name: $0.name), $0.summary) }
        let sections = [
            ("Functions", functions), ("Constants", module.constants.map { ($0.name, $0.summary) }),
            ("Types", module.types.map { ($0.name, $0.summary) }),
            ("Modules", module.submodules.map { (path + "." + $0.name, $0.summary) }),
        ]
        return page(paragraph("\(path): \(module.summary)"), sections)
    }

    private func text(_ type: LuaType) -> String {
        let sections = [
            ("Properties", type.allProperties.map { ($0.name, Self.text($0)) }),
            ("Methods", type.allMethods.map { (Self.call($0, name: $0.name), $0.summary) }),
            ("Operators", type.allMetamethods.map { ($0.name, $0.summary) }),
        ]
        let parent = type.supertype.map { " A kind of \($0.name)." } ?? ""
        return page(paragraph("\(type.name): \(type.summary)\(parent)"), sections)
    }

    private static func text(_ property: LuaProperty) -> String {
        "\(property.typeName)\(property.isSettable ? "" : ", read-only"). \(property.summary)"
    }

    private func text(_ function: LuaFunction, _ name: String) -> String {
        let parameters = function.layout.parameters.filter { $0.name != "self" }
        let explained = parameters.map { parameter in
            let fallback = parameter.defaultText.map { ", default \($0)" } ?? ""
            return (parameter.name, "\(parameter.typeName)\(fallback). \(parameter.fullSummary)")
        }
        let positional = zip(parameters, explained).filter { $0.0.kind != .option }.map(\.1)
        let options = zip(parameters, explained).filter { $0.0.kind == .option }.map(\.1)
        let title = paragraph(Self.call(function, name: name), indent: 4)
        var text = page(
            title + "\n    " + paragraph(function.summary, indent: 4),
            [("Parameters", positional), ("Options", options)])
        if !function.returns.isEmpty { text += "\n" + paragraph("Returns: \(function.returns)") }
        if !function.example.isEmpty { text += "\nExample: \(function.example)" }
        return text
    }

    /// A call as it is written, `name(input, [padding], {options})`.
    public static func call(_ function: LuaFunction, name: String) -> String {
        let parameters = function.layout.parameters.filter { $0.name != "self" }
        var arguments = parameters.filter { $0.kind != .option || $0.isPositionalToo }.map { parameter in
            parameter.kind == .variadic ? "..." : parameter.defaultText == nil ? parameter.name : "[\(parameter.name)]"
        }
        if parameters.contains(where: { $0.kind == .option }) { arguments.append("{options}") }
        return "\(name)(\(arguments.joined(separator: ", ")))"
    }

    private func page(_ title: String, _ sections: [(title: String, rows: [(String, String)])]) -> String {
        ([title] + sections.filter { !$0.rows.isEmpty }.map { "\($0.title):\n\(list($0.rows))" })
            .joined(separator: "\n")
    }

    /// Rows of a name and its meaning, the meanings in one column.
    private func list(_ rows: [(String, String)]) -> String { DefinitionList(rows, width: width).text }

    /// A text in lines, those after the first further to the right.
    private func paragraph(_ text: String, indent: Int = 2) -> String {
        text.lines(width: width.map { $0 - indent }).joined(separator: "\n" + String(repeating: " ", count: indent))
    }
}
