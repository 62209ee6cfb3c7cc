import Inference
import Layers
import LuaBridge
import Support
import Tensors

/// The functions of `bayes` that make autoencoders.
let autoencoderFunctions = [
    LuaFunction(
        "KernelVAE", "Makes a variational autoencoder over kernels, with the published sizes by default.",
        Parameter("kernel_size", [Int].self, in: .count, "{3, 3, 3}, {5, 5} or {7, 7}"),
        Option("latent_size", Int?.self, in: .count, "number of codes of a kernel; 6, 4 or 2 by default"),
        Option(
            "hidden_channels", Int?.self, in: .count, "what the other sizes are multiples of; 32, 64 or 32 by default"),
        Option(
            "min_variance", Double.self, in: .notNegative, default: 0,
            "what the decoder adds to each variance; `train` sets it anew, by the kernels"),
        Option(
            "pseudo_inputs", Tensor?.self,
            "kernels that the pseudo-inputs of a VampPrior of the codes start from, which are trained with the rest; without "
                + "them the codes have N(0, I)"),
        GeneratorOption(), returns: "autoencoder",
        example: "local vae = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 4}); assert(vae:sample(5):size(1) == 5)"
    ) { kernelSize, latentSize, hiddenChannels, minimumVariance, pseudoInputs, generator in
        try KernelVAE(
            KernelArchitecture(kernelShape: kernelSize, latentSize: latentSize, hiddenChannels: hiddenChannels),
            minimumVariance: Float(minimumVariance), pseudoInputs: pseudoInputs, generator: generator)
    }
]

/// The first line of examples: a small autoencoder.
let vaeExample = "local vae = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 4}); "
private let kernels = Parameter("kernels", Tensor.self, "n x kernel")

extension KernelVAE: LuaObject {
    /// An autoencoder, which is also a network.
    public static let luaType = LuaType(
        "KernelVAE", "A variational autoencoder over convolution kernels.", supertype: LayerType.module,
        methods: [
            LuaFunction(
                "encode", "Gives r(z | w) of each kernel.", KernelVAE.this, kernels,
                returns: "mean and log-variance of the codes, n x latent_size each",
                example: vaeExample + "local mean = vae:encode(torch.randn(5, 3, 3, 3)); assert(mean:size(2) == 6)"
            ) { vae, kernels in
                let codes = try vae.encode(kernels)
                return (codes.mean, codes.logVariance)
            },
            LuaFunction(
                "decode", "Gives p(w | z) of each code.", KernelVAE.this,
                Parameter("codes", Tensor.self, "n x latent_size"),
                returns: "mean and log-variance of the weights, n x kernel each",
                example: vaeExample + "local mean = vae:decode(torch.randn(5, 6)); assert(mean:size(4) == 3)"
            ) { vae, codes in
                let kernels = try vae.decode(codes)
                return (kernels.mean, kernels.logVariance)
            },
            LuaFunction(
                "sample", "Draws kernels: codes from p(z), then kernels from p(w | z).", KernelVAE.this,
                Parameter("count", Int.self, in: .count, "the number of kernels"),
                Option("noisy", Bool.self, default: true, "whether the variance of p(w | z) is drawn, too"),
                GeneratorOption(), returns: "tensor, count x kernel",
                example: vaeExample + "assert(vae:sample(2, {noisy = false}):size(1) == 2)"
            ) { vae, count, noisy, generator in
                try GradientMode.disabled { () throws(TensorError) in
                    try vae.sample(count, noisy: noisy, generator: generator)
                }
            },
            LuaFunction(
                "bound",
                "Gives a lower bound on log p(w) of each kernel: the ELBO, importance-weighted for more samples.",
                KernelVAE.this, kernels, Option("samples", Int.self, in: .count, default: 1, "codes for each kernel"),
                GeneratorOption(), returns: "tensor of n numbers, in nats",
                example: vaeExample + "assert(vae:bound(torch.randn(5, 3, 3, 3)):numel() == 5)"
            ) { vae, kernels, samples, generator in
                try vae.bound(kernels, samples: samples, generator: generator)
            },
            LuaFunction(
                "elbo",
                "Gives the mean of `bound` over kernels, without gradients. Of an autoencoder trained with more than one "
                    + "sample the bound of one says little: give `samples`, as many or more.", KernelVAE.this, kernels,
                Option("samples", Int.self, in: .count, default: 1, "codes for each kernel"), GeneratorOption(),
                returns: "nats a kernel", example: vaeExample + "assert(vae:elbo(torch.randn(5, 3, 3, 3)) < 0)"
            ) { vae, kernels, samples, generator in
                try vae.meanBound(kernels, samples: samples, generator: generator)
            },
        ] + trainingMethods,
        properties: [
            LuaProperty("min_variance", "What the decoder adds to each variance; 0 in published weights.") {
                (vae: KernelVAE) in Double(vae.minimumVariance)
            }
        ])
}
