import Layers
import LuaBridge
import Support
import Tensors

/// The functions of scripts that make layers, as the layers' declarations say.
enum LayerConstructors {
    /// A function for each declaration of the standard decoder that has an example, `Sequential` and `ModuleList`.
    static let functions: [LuaFunction] =
        LayerDecoder.standard.declarations.compactMap { function($0, decoder: .standard) }
        + [sequential, moduleList]

    /// The function that makes a declared layer; nil where scripts cannot make it from its settings.
    ///
    /// - Parameters:
    ///   - declaration: The layer's declaration.
    ///   - decoder: Makes the layer.
    ///   - members: Settings that scripts do not give, such as the kind of a network's convolutions.
    ///   - convolution: Settings of a U-Net's convolutions that scripts give to the network.
    ///   - summary: What the function does, where `members` change what the declaration says.
    ///   - example: An example of a call; by default the declaration's.
    static func function(
        _ declaration: LayerDeclaration, decoder: LayerDecoder, with members: [JSON.Member] = [],
        convolution: [SettingDeclaration] = [], summary: String? = nil, example: String? = nil
    ) -> LuaFunction? {
        guard let example = example ?? declaration.example else { return nil }
        func layer(_ given: [JSON.Member], _ generator: RandomGenerator) throws -> LayerType.AnyLayer {
            let names = convolution.map(\.name)
            var settings = given.filter { !names.contains($0.name) } + members
            if !convolution.isEmpty {
                settings.append(UNet.convolutionSettings([.object(given.filter { names.contains($0.name) })]))
            }
            let configuration = Configuration(kind: declaration.kind, settings: settings)
            return LayerType.AnyLayer(try decoder.layer(configuration, generator: generator))
        }
        let settings = SettingParameters(declaration.settings + convolution)
        let summary = summary ?? declaration.summary
        guard declaration.drawsParameters else {
            return LuaFunction(declaration.name, summary, settings, returns: "module", example: example) {
                given in try layer(given, RandomGenerator(seed: 0))
            }
        }
        return LuaFunction(
            declaration.name, summary, settings, GeneratorOption(), returns: "module", example: example
        ) { given, generator in try layer(given, generator) }
    }

    private static let sequential = LuaFunction(
        "Sequential", "Makes a network of layers that follow each other.",
        Variadic("layers", LayerType.AnyLayer.self, "the layers, or a list of them; nested at most 32 deep"),
        returns: "module", example: "#nn.Sequential(nn.Linear(2, 3), nn.ReLU()) == 2"
    ) { layers in LayerType.AnyLayer(try Sequential(layers.map(\.value))) }

    private static let moduleList = LuaFunction(
        "ModuleList", "Makes a list of modules, which can grow: what holds it calls them.",
        Variadic("modules", LayerType.AnyLayer.self, "the modules, or a list of them"), returns: "module list",
        example: "#nn.ModuleList(nn.Linear(2, 3), nn.ReLU()) == 2"
    ) { layers in try ModuleList(layers.map(\.value)) }
}
