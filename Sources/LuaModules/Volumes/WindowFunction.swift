import Layers
import LuaBridge
import Tensors
import Volumes

extension LuaModule {
    /// The function that goes through volumes in windows.
    static let volumeWindows = [
        LuaFunction(
            "sliding_window",
            "Applies a function to overlapping windows of a volume; where they overlap, the result is the mean by Gaussian "
                + "weights about each window's centre. No gradient flows through.",
            Parameter("volume", Tensor.self, "N x C x D x H x W; padded with 0 where it is smaller than a window"),
            Parameter(
                "predictor", LuaEither<LayerType.AnyLayer, LuaCallback>.self,
                "a network or a function: N x C x window to N x K x window, such as probabilities"),
            Option("window", [Int].self, in: .count, "the size of a window: depth, height, width"),
            Option(
                "overlap", Double.self, in: .shareBelowOne, default: 0.5,
                "the least share of a window that the next one covers, too"),
            returns: "a tensor N x K x D x H x W",
            example: """
                local x = torch.rand(1, 1, 9, 10, 11); \
                local y = volumes.sliding_window(x, function(part) return part * 2 end, {window = {4, 4, 4}}); \
                assert((y - x * 2):abs():max():item() < 1e-5)
                """
        ) { volume, predictor, size, overlap -> Tensor in
            let blend = try WindowBlend(volume, SlidingWindow(size: size, overlap: overlap))
            return try GradientMode.disabled {
                for start in blend.starts {
                    let window = try blend.window(at: start)
                    let result =
                        switch predictor {
                        case .first(let network): try network.value(window)
                        case .second(let function): try function(window, returning: Tensor.self)
                        }
                    try blend.add(result, at: start)
                }
                return try blend.mean()
            }
        }
    ]
}
