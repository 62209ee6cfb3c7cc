import Inference
import LuaBridge
import Support
import Tensors

/// The functions of `bayes` that make banks.
let bankFunctions = [
    LuaFunction(
        "KernelBank", "Collects the convolution kernels of trained networks, one for each output and input channel.",
        Parameter("networks", [LayerType.AnyLayer].self, "networks of one kind"),
        Parameter("layers", [String].self, "dotted paths of the convolutions"),
        Option("threshold", Float?.self, "kernels of a smaller norm are left out; 0.01 in 3D by default"),
        returns: "bank", example: "#bayes.KernelBank({nn.Sequential(nn.Conv3d(2, 3, 3))}, {'0'}) == 6"
    ) { networks, layers, threshold in
        KernelBankObject(try KernelBank(collecting: layers, from: networks.map(\.value), threshold: threshold))
    },
    LuaFunction(
        "load_bank", "Reads a bank that `save` wrote.", Parameter("path", String.self, "the file"), returns: "bank",
        example: "local bank, path = bayes.KernelBank({nn.Sequential(nn.Conv3d(2, 3, 3))}, {'0'}), os.tmpname(); "
            + "bank:save(path); assert(#bayes.load_bank(path) == 6)"
    ) { path in KernelBankObject(try KernelBank.load(from: path)) },
    LuaFunction(
        "structure", "Measures whether kernels have structure or are what they were initialised with.",
        Parameter("kernels", Tensor.self, "n x kernel"),
        Parameter("held_out", Tensor.self, "other kernels, on which log densities are measured"),
        returns: "table of kurtosis, independent and full_covariance (nats a kernel), and gain, their difference",
        example: "bayes.structure(torch.randn(99, 3, 3), torch.randn(99, 3, 3)).kurtosis > 2"
    ) { kernels, heldOut in
        let structure = try KernelStructure(kernels, heldOut: heldOut)
        return [
            "kurtosis": structure.kurtosis, "independent": structure.independent,
            "full_covariance": structure.fullCovariance, "gain": structure.gain,
        ]
    },
]

private let bankExample = "local bank = bayes.KernelBank({nn.Sequential(nn.Conv3d(2, 3, 3))}, {'0'}); "

/// A bank as scripts hold it.
final class KernelBankObject: LuaObject {
    let bank: KernelBank

    init(_ bank: KernelBank) { self.bank = bank }

    private static let layer = Parameter("layer", String.self, "the dotted path of a layer")
    private static let layers = Parameter("layers", [String].self, "dotted paths of layers")

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
                KernelBankObject.this, layers, returns: "tensor, n x kernel",
                example: bankExample + "assert(bank:standardized({'0'}):size(1) == 6)"
            ) { object, layers in try object.bank.standardised(layers) },
            LuaFunction(
                "split", "Puts a share of each layer's kernels, drawn at random, into a second bank.",
                KernelBankObject.this, Parameter("held_out", Double.self, default: 0.1, "the share"),
                GeneratorOption(), returns: "the bank to train on, and the one held out",
                example: bankExample + "local train, held_out = bank:split(0.5); assert(#held_out == 3)"
            ) { object, share, generator in
                let parts = try object.bank.split(heldOut: share, generator: generator)
                return (KernelBankObject(parts.training), KernelBankObject(parts.heldOut))
            },
            LuaFunction(
                "save", "Writes the bank to a safetensors file, whole or not at all.", KernelBankObject.this,
                Parameter("path", String.self, "the file"), example: bankExample + "bank:save(os.tmpname())"
            ) { object, path in try object.bank.save(to: path) },
        ],
        properties: [
            LuaProperty("layers", "The dotted paths of the layers, in order.") { (object: KernelBankObject) in
                object.bank.layers.map(\.path)
            }
        ],
        metamethods: [
            LuaFunction("__len", "Counts the kernels.", KernelBankObject.this, returns: "integer") { $0.bank.count },
            LuaFunction("__tostring", "Writes the sizes.", KernelBankObject.this, returns: "string") { object in
                "KernelBank(\(object.bank.count) kernels of \(object.bank.kernelShape.shapeText), "
                    + "\(object.bank.layers.count) layers)"
            },
        ])
}
