import Inference
import Layers
import LuaBridge
import Support
import Tensors

/// The functions of `bayes` that make banks.
let bankFunctions = [
    LuaFunction(
        "KernelBank", "Collects the convolution kernels of trained networks, one for each output and input channel.",
        Parameter("networks", SourceRuns.self, "networks by run, such as {{net, net}, {net}}; a flat list is one run"),
        Parameter("layers", [String].self, "dotted paths of the convolutions"),
        Option(
            "threshold", Float?.self, in: .notNegative, "kernels of a smaller norm are left out; 0.01 in 3D by default"),
        returns: "bank", example: "#bayes.KernelBank({nn.Sequential(nn.Conv3d(2, 3, 3))}, {'0'}) == 6"
    ) { networks, layers, threshold in
        KernelBankObject(try KernelBank(collecting: layers, from: networks.runs, threshold: threshold))
    },
    LuaFunction(
        "bank_of_kernels", "Makes a bank of kernels that come from elsewhere, as if they were of one run.",
        Parameter("kernels", [String: Tensor].self, "n x kernel, by the name of the layer"), returns: "bank",
        example: "#bayes.bank_of_kernels{conv1 = torch.randn(30, 7, 7)} == 30"
    ) { kernels in
        KernelBankObject(try KernelBank(kernels.sorted { $0.key < $1.key }.map { (path: $0.key, kernels: $0.value) }))
    },
    LuaFunction(
        "load_bank", "Reads a bank that `save` wrote.", Parameter("path", Path.self, "the file"), returns: "bank",
        example: "local bank, path = bayes.KernelBank({nn.Sequential(nn.Conv3d(2, 3, 3))}, {'0'}), os.tmpname(); "
            + "bank:save(path); assert(#bayes.load_bank(path) == 6)"
    ) { path in KernelBankObject(try KernelBank.load(from: path.text)) },
]

/// Networks by training run: a list of lists, or the snapshots of one run in a list.
struct SourceRuns: LuaDecodable {
    let runs: [[any Layer]]

    static var luaTypeName: String { "list of modules, or of lists of modules" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> SourceRuns {
        if let networks = try? [LayerType.AnyLayer].decode(stack, at: index) {
            return SourceRuns(runs: [networks.map(\.value)])
        }
        if let runs = try? [[LayerType.AnyLayer]].decode(stack, at: index) {
            return SourceRuns(runs: runs.map { $0.map(\.value) })
        }
        throw LuaMismatch(expected: luaTypeName, stack, at: index)
    }
}

private let bankExample = "local bank = bayes.KernelBank({nn.Sequential(nn.Conv3d(2, 3, 3))}, {'0'}); "

/// A bank as scripts hold it.
final class KernelBankObject: LuaObject {
    let bank: KernelBank

    init(_ bank: KernelBank) { self.bank = bank }

    /// "KernelBank(1584 kernels of 3x3x3, 4 layers)".
    var description: String {
        "KernelBank(\(bank.count) kernels of \(bank.kernelShape.shapeText), \(bank.layers.count) layers)"
    }

    private static let layer = Parameter("layer", String.self, "the dotted path of a layer")
    private static let layers = Parameter("layers", [String].self, "dotted paths of layers")

    private static let diagnose = LuaFunction(
        "diagnose",
        """
        Tells whether kernels have structure or are what they were initialised with. Each run is held out in turn; \
        `bayes.verdict_rule` says what the verdict is.
        """,
        this, Parameter("layers", [String]?.self, "dotted paths of layers to take together; all by default"),
        returns: """
            table of count, runs, kurtosis, independent and full_covariance (log densities held out, nats a kernel), \
            gain (their difference), gain_error, neighbor_correlation (by axis), mean_share, mean_correlation, \
            agreement (of runs; nil for one), verdict and summary, a line
            """,
        example: "bayes.bank_of_kernels{conv1 = torch.randn(99, 3, 3)}:diagnose().verdict == 'initialisation noise'"
    ) { object, layers in
        let found = try object.bank.diagnose(layers)
        return LuaRecord([
            "count": found.count, "runs": found.runs, "kurtosis": found.kurtosis, "independent": found.independent,
            "full_covariance": found.fullCovariance, "gain": found.gain, "gain_error": found.gainError,
            "neighbor_correlation": found.neighbourCorrelation, "mean_share": found.meanShare,
            "mean_correlation": found.meanCorrelation, "agreement": found.agreement,
            "verdict": found.verdict.rawValue, "summary": found.summary,
        ])
    }

    static let luaType = LuaType(
        "KernelBank", "The kernels of trained networks by layer; #bank is their number.",
        methods: [
            LuaFunction(
                "kernels", "Gives a layer's kernels as they are in the networks.", KernelBankObject.this, layer,
                returns: "tensor, n x kernel", example: bankExample + "assert(bank:kernels('0'):size(1) == 6)"
            ) { object, layer in try object.bank.kernels(of: layer) },
            LuaFunction(
                "scale", "Gives the root of the mean square of a layer's weights.", KernelBankObject.this, layer,
                returns: "number", example: bankExample + "assert(bank:scale('0') > 0)"
            ) { object, layer in try object.bank.scale(of: layer) },
            LuaFunction(
                "standardized", "Gives the kernels of some layers, each divided by its layer's scale.",
                KernelBankObject.this, layers,
                Option(
                    "scales", KernelBankObject?.self,
                    "the bank whose layers' scales they are divided by, such as that which this one is a part of; its own "
                        + "by default"),
                returns: "tensor, n x kernel",
                example: bankExample + "assert(bank:standardized({'0'}):size(1) == 6)"
            ) { object, layers, scales in try object.bank.standardised(layers, scalesOf: scales?.bank) },
            LuaFunction(
                "norms", "Gives the Euclidean norm of each kernel of a layer.", KernelBankObject.this, layer,
                returns: "tensor of n numbers", example: bankExample + "assert(bank:norms('0'):numel() == 6)"
            ) { object, layer in try object.bank.norms(of: layer) },
            LuaFunction(
                "origins", "Tells where each kernel of a layer was found; everything counts from 1.",
                KernelBankObject.this, layer,
                returns: "table of lists: run, snapshot, and place, (output - 1) * inputs + input",
                example: bankExample + "assert(bank:origins('0').place[6] == 6)"
            ) { object, layer in
                let origins = try object.bank.layer(layer).origins
                return [
                    "run": origins.map { Int($0.run) }, "snapshot": origins.map { Int($0.snapshot) },
                    "place": origins.map { Int($0.place) },
                ]
            },
            LuaFunction(
                "select", "Gives the kernels of some runs, or of some of their snapshots, as a bank.",
                KernelBankObject.this,
                Option("runs", [Int]?.self, in: .count, "numbers of runs, from 1; all by default"),
                Option("snapshots", [Int]?.self, in: .count, "which snapshots of each run; all by default"),
                returns: "bank",
                example: bankExample + "assert(#bank:select{runs = {1}} == 6)"
            ) { object, runs, snapshots in
                KernelBankObject(try object.bank.select(runs: runs, snapshots: snapshots))
            },
            diagnose,
            LuaFunction(
                "initialize",
                "Replaces the kernels of a network's layers by kernels of the same layers, drawn with replacement.",
                KernelBankObject.this,
                Parameter("network", LayerType.AnyLayer.self, "a network that has all layers of the bank"),
                GeneratorOption(), example: bankExample + "bank:initialize(nn.Sequential(nn.Conv3d(4, 5, 3)))"
            ) { object, network, generator in try object.bank.initialise(network.value, generator: generator) },
            LuaFunction(
                "split", "Puts a share of each layer's kernels, drawn at random, into a second bank.",
                KernelBankObject.this, Parameter("held_out", Double.self, in: .part, default: 0.1, "the share"),
                GeneratorOption(), returns: "the bank to train on, and the one held out",
                example: bankExample + "local train, held_out = bank:split(0.5); assert(#held_out == 3)"
            ) { object, share, generator in
                let parts = try object.bank.split(heldOut: share, generator: generator)
                return (KernelBankObject(parts.training), KernelBankObject(parts.heldOut))
            },
            LuaFunction(
                "save", "Writes the bank to a safetensors file, whole or not at all.", KernelBankObject.this,
                Parameter("path", Path.self, "the file"), example: bankExample + "bank:save(os.tmpname())"
            ) { object, path in try object.bank.save(to: path.text) },
        ],
        properties: [
            LuaProperty("layers", "The dotted paths of the layers, in order.") { (object: KernelBankObject) in
                object.bank.layers.map(\.path)
            },
            LuaProperty("runs", "The numbers of the source runs, from 1.") { (object: KernelBankObject) in
                object.bank.runs
            },
            LuaProperty("dropped", "How many kernels were left out for their norm as the bank was collected.") {
                (object: KernelBankObject) in object.bank.dropped
            },
        ],
        metamethods: [
            LuaFunction("__len", "Counts the kernels.", KernelBankObject.this, returns: "integer") { $0.bank.count },
            LuaFunction("__tostring", "Writes the sizes.", KernelBankObject.this, returns: "string") {
                $0.description
            },
        ])
}
