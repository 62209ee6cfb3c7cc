import Tensors
import Testing
import Volumes

/// Volumes are values, whatever they share.
@Suite struct VolumeTests {
    private let data: Tensor
    private let values = (0..<60).map { Float($0) }

    init() throws { data = try Tensor(values, shape: [1, 3, 4, 5]) }

    @Test func copiesWhatOthersMayChange() throws {
        let volume = try Volume(data)
        let moved = try volume.on(Grid(shape: [3, 4, 5], affine: Affine(spacing: [1, 2, 3])))
        data.pointer[0] = -1
        let handedOut = try volume.tensor()
        handedOut.pointer[1] = -1
        #expect(volume.values == values && moved.values == values && handedOut.values[1] == -1)
        // What is no contiguous tensor is copied in its logical order.
        #expect(try Volume(data.transposed(2, 4)).shape == [5, 4, 3])
        #expect(try Volume(data.transposed(2, 4)).values[1] == 5 * 4)
    }

    @Test func sharesWhatNobodyChanges() throws {
        let shared = try Volume(sharing: data)
        #expect(shared.voxels.storage === data.storage)
        let volume = try Volume(data)
        #expect(volume.voxels.storage !== data.storage)
        #expect(try volume.on(Grid(shape: [3, 4, 5])).voxels.storage === volume.voxels.storage)
        #expect(volume.withValues { $0.baseAddress } == UnsafePointer(volume.voxels.pointer))
        #expect(throws: VolumeError.parameter("like", value: "of shape 3x5x4", expected: "3x4x5, as the values")) {
            try volume.on(Grid(shape: [3, 5, 4]), "like")
        }
    }

    /// A prepared volume is new even where nothing is left to do.
    @Test(arguments: [true, false]) func preparesToANewVolume(crop: Bool) throws {
        let scan = try Volume(data)
        let preparation = try Preparation(of: scan, .init(crop: crop, multiple: 1))
        let mask = try scan.mask(above: 30)
        #expect(try preparation.image(scan).voxels.storage !== scan.voxels.storage)
        #expect(try preparation.mask(mask).voxels.storage !== mask.voxels.storage)
        #expect(try preparation.restore(mask).voxels.storage !== mask.voxels.storage)
    }

    @Test func comparesValuesAndGrid() throws {
        let volume = try Volume(data)
        #expect(try volume == Volume(values, grid: volume.grid))
        #expect(try volume != volume.map { $0 + ($0 == 59 ? 1 : 0) })
        #expect(try volume != volume.on(Grid(shape: [3, 4, 5], affine: Affine(spacing: [1, 1, 2]))))
        #expect(throws: VolumeError.self) { try Volume([1, 2, 3], grid: volume.grid) }
        #expect(throws: VolumeError.self) { try Volume(Tensor.zeros([2, 2])) }
        #expect(throws: VolumeError.self) { try Volume(Tensor.zeros([2, 2, 2, 2])) }
    }
}
