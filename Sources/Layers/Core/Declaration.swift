import Support
import Tensors

/// The declaration of something that scripts make from settings: the function, help and the manual follow from it.
///
/// `Maker` says how it is made: by a function of the settings, and of what else it takes.
public struct Declaration<Maker: Sendable>: Sendable {
    /// The name of the function that makes it in scripts.
    public let name: String
    /// What that function does, in a sentence.
    public let summary: String
    /// What it is made from, in order.
    public let settings: [SettingDeclaration]
    /// A line of Lua that shows it, and runs.
    public let example: String
    /// How it is made.
    public let make: Maker

    /// Declares it.
    public init<each Value>(
        _ name: String, _ summary: String, _ settings: repeat Setting<each Value>, example: String, make: Maker
    ) {
        (self.name, self.summary, self.example, self.make) = (name, summary, example, make)
        self.settings = declarations(repeat each settings)
    }

    /// Settings as a configuration, whose errors name the function.
    public func configuration(_ members: [JSON.Member]) -> Configuration {
        Configuration(kind: name, settings: members)
    }
}

/// What is declared of settings of several types.
func declarations<each Value>(_ settings: repeat Setting<each Value>) -> [SettingDeclaration] {
    var declarations: [SettingDeclaration] = []
    for setting in repeat each settings { declarations.append(setting.declaration) }
    return declarations
}

/// The declaration of a layer: files, the constructor in scripts, help and the manual follow from it.
public struct LayerDeclaration: Sendable {
    /// The kind of the configurations that describe such layers, as files keep it.
    public let kind: String
    /// The name of the function that makes it in scripts; the kind, unless another is given.
    public let name: String
    /// What that function does, in a sentence.
    public let summary: String
    /// What the layer is made from, in order.
    public let settings: [SettingDeclaration]
    /// Whether it is made with a generator: its parameters start at random numbers, or it draws them as it computes.
    public let drawsParameters: Bool
    /// A line of Lua that shows it, and runs; nil where scripts cannot make it from settings.
    public let example: String?

    /// Declares a layer.
    public init<each Value>(
        _ kind: String, name: String? = nil, _ summary: String, _ settings: repeat Setting<each Value>,
        drawsParameters: Bool = false, example: String? = nil
    ) {
        self.kind = kind
        self.name = name ?? kind
        self.summary = summary
        self.drawsParameters = drawsParameters
        self.example = example
        self.settings = declarations(repeat each settings)
    }
}

/// A layer that is declared, and so can be made from a configuration: by scripts, and from files.
public protocol DeclaredLayer: Layer, SendableMetatype {
    /// A declaration for each kind of layers of this type.
    static var declarations: [LayerDeclaration] { get }

    /// Makes a layer of the kind and sizes of `configuration`, with parameters drawn from `generator`.
    ///
    /// `decoder` makes the layers that it is made of.
    init(_ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder) throws(TensorError)
}

extension DeclaredLayer {
    /// The call that makes the layer: "Linear(6, 4, bias = false)"; options at their default are left out, unless they
    /// are declared as `alwaysTold`.
    public var summary: String {
        let configuration = configuration
        let declared = Self.declarations.first { $0.kind == configuration.kind }?.settings ?? []
        let arguments = configuration.settings.compactMap { setting in
            declared.first { $0.name == setting.name }?.argument(setting.value)
        }
        return "\(configuration.kind)(\(arguments.joined(separator: ", ")))"
    }
}

extension Configuration {
    /// Throws where there is a setting that the declaration of its kind does not have, as in a file of a later version.
    func requireDeclared(in declarations: [LayerDeclaration]) throws(TensorError) {
        let declared = declarations.first { $0.kind == kind }?.settings ?? []
        for member in settings where !declared.contains(where: { [$0.name, $0.formerName].contains(member.name) }) {
            throw .argument(
                operation: kind, parameter: member.name, value: String("\(member.value)".prefix(60)),
                expected: declared.isEmpty ? "no settings" : "only \(declared.map(\.name).joined(separator: ", "))")
        }
    }

    /// The number of directions that the kind's name ends with, as 3 for "Conv3d"; 0 where there is none.
    public var dimensions: Int { kind.dropLast().last?.wholeNumberValue ?? 0 }
}

extension SettingDeclaration {
    /// A value as an argument of the call, with the setting's name where it is an option or always told; nil where it
    /// can be left out.
    fileprivate func argument(_ value: JSON) -> String? {
        guard let text = text(value), isAlwaysTold || text != defaultValue.flatMap(self.text) else { return nil }
        return defaultValue == nil && !isAlwaysTold ? text : "\(name) = \(text)"
    }

    private func text(_ value: JSON) -> String? {
        switch kind {
        case .flag, .integer, .real: "\(value)"
        case .number: Float(json: value).map { "\($0)" }
        case .sizes, .list: [Int](json: value)?.optionText
        case .choice: value.text
        case .part: nil
        }
    }
}
