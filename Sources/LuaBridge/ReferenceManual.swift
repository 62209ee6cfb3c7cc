/// The reference manual, made from the declarations as Markdown.
public struct ReferenceManual {
    let documentation: Documentation

    /// The manual of these declarations.
    public init(_ documentation: Documentation) { self.documentation = documentation }

    /// The manual: a chapter a module, a section a function or type.
    public var markdown: String {
        documentation.entries.map(Self.section).joined(separator: "\n\n") + "\n"
    }

    private static func section(_ entry: Documentation.Entry) -> String {
        switch entry {
        case .module(let name, let module): "# \(name)\n\n\(module.summary)"
        case .type(let name, let type): "## \(name)\n\n\(type.summary)"
        case .constant(let name, let constant): "### \(name)\n\n\(constant.summary)"
        case .property(let name, let property):
            "### \(name)\n\n\(property.summary)\n\nType: \(property.typeName)\(property.isSettable ? "" : ", read-only")."
        case .function(let name, let function): section(function, name: name)
        }
    }

    private static func section(_ function: LuaFunction, name: String) -> String {
        var parts = ["### \(Help.call(function, name: name))", function.summary]
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
