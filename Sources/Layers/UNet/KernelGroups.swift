/// The layers whose kernels share a prior.
extension UNet {
    /// The paths of the 3x3x3 convolutions' weights in seven groups, in the order of the net: one prior for each.
    ///
    /// 1: init_conv, down1.conv_1. 2: down1.conv_2, down2, down3.conv_1. 3: down3.conv_2, down4, down5.conv_1.
    /// 4: down5.conv_2 and the blocks below. 5, 6, 7: up1, up2, up3.
    public var kernelGroups: [[String]] { kernelLayers.map { $0.map { "\($0).weight" } } }

    /// The paths of the 3x3x3 convolutions themselves, in the same groups.
    public var kernelLayers: [[String]] {
        // Along the way down a group ends with the convolution that leads to the next level.
        var groups: [[String]] = [["init_conv"]]
        for block in 1...variant.downBlocks {
            groups[groups.count - 1].append("down\(block).conv_1.conv.2")
            if [1, 3, 5].contains(block) { groups.append([]) }
            groups[groups.count - 1].append("down\(block).conv_2.conv.2")
        }
        for block in 1...3 { groups.append(["up\(block).conv_1.conv.2", "up\(block).conv_2.conv.2"]) }
        return groups
    }
}
