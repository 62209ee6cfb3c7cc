import Foundation
import Testing
import Volumes

@Suite struct CalibrationTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let kind: String
        let bins, voxels: Int
        let truth: PackedMask
        let probability: Data
        let count: [Int]
        let confidence, frequency: [Double?]
        let ece: Double
        let monai: Double?

        var testDescription: String { "\(kind), \(bins) bins, \(voxels) voxels" }

        var probabilities: [Float] {
            let bytes = [UInt8](probability)
            return (0..<voxels).map { voxel in
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[voxel * 4 + $1]) << (8 * $1) }
                return Float(bitPattern: bits)
            }
        }
    }

    static let cases = Result { try ScoreFixture<Case>.load("calibration") }

    @Test func thereAre30Cases() throws { #expect(try Self.cases.get().count == 30) }

    @Test(arguments: (try? cases.get()) ?? [])
    func agreesWithNumPyAndMONAI(_ one: Case) throws {
        let calibration = try Calibration(
            probability: one.probabilities, truth: one.truth.voxels(one.voxels), bins: one.bins)
        #expect(calibration.bins.map(\.count) == one.count)
        for (bin, (confidence, frequency)) in zip(calibration.bins, zip(one.confidence, one.frequency)) {
            #expect((bin.meanConfidence == nil) == (confidence == nil))
            #expect(isClose(bin.meanConfidence ?? 0, confidence ?? 0))
            #expect(isClose(bin.observedFrequency ?? 0, frequency ?? 0))
        }
        #expect(abs(calibration.expectedError - one.ece) < 1e-9)
        if let monai = one.monai { #expect(abs(calibration.expectedError - monai) < 1e-5) }
    }

    @Test func binsBeginAtTheirLowerEdge() throws {
        let calibration = try Calibration(
            probability: [0, 0.25, 0.5, 0.75, 1, -1e-6, 1.000001], truth: [0, 1, 0, 1, 1, 0, 1], bins: 4)
        #expect(calibration.bins.map(\.count) == [2, 1, 1, 3])
        #expect(calibration.bins.map(\.lower) == [0, 0.25, 0.5, 0.75])
        #expect(calibration.bins.map(\.upper) == [0.25, 0.5, 0.75, 1])
        #expect(calibration.bins.map(\.observedFrequency) == [0, 1, 0, 1])
        #expect(abs(calibration.expectedError - (0.75 + 0.5 + 0.25) / 7) < 1e-12)
    }

    @Test(
        arguments: [
            ([0.5, 1.5], [0, 1], 15, "'probability' is 1.5 in a voxel: expected numbers from 0 to 1"),
            ([.nan], [0], 15, "'probability' is nan in a voxel: expected numbers from 0 to 1"),
            ([-0.1], [0], 15, "'probability' is -0.1 in a voxel: expected numbers from 0 to 1"),
            ([0.5], [0, 1], 15, "'probability' is 1 voxels: expected 2, as the truth, and not 0"),
            ([], [], 15, "'probability' is 0 voxels: expected 0, as the truth, and not 0"),
            ([0.5], [0], 0, "'bins' is 0: expected 1 to 10000"),
            ([0.5], [0], .max, "'bins' is \(Int.max): expected 1 to 10000"),
        ] as [([Float], [Float], Int, String)])
    func impossibleInput(probability: [Float], truth: [Float], bins: Int, message: String) {
        do {
            _ = try Calibration(probability: probability, truth: truth, bins: bins)
            Issue.record("nothing thrown")
        } catch {
            #expect("\(error)" == message)
        }
    }
}
