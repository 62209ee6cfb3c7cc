import Testing
import Volumes

@Suite struct PhantomTests {
    private func mean(_ volume: Volume, where isIn: (Int) -> Bool) -> Float {
        let set = volume.values.indices.filter(isIn)
        return set.reduce(0) { $0 + volume.values[$1] } / Float(max(set.count, 1))
    }

    @Test(arguments: Phantom.Disease.allCases) func dependsOnTheSeedAlone(disease: Phantom.Disease) throws {
        let first = try Phantom(disease, seed: 5)
        let again = try Phantom(disease, seed: 5)
        #expect(first.labels == again.labels)
        #expect(try first.image(.t2) == again.image(.t2))
        #expect(try first.image(.t2) != first.image(.flair))
        #expect(try Phantom(disease, seed: 6).image(.t2) != first.image(.t2))
    }

    @Test(arguments: 0..<8) func hasLesionsOfItsDisease(seed: Int) throws {
        let ms = try Phantom(.ms, seed: UInt64(seed))
        let tumour = try Phantom(.tumour, seed: UInt64(seed))
        #expect(Set(ms.labels.values) == [0, 1])
        #expect(Set(tumour.labels.values) == [0, 1, 2, 4])
        let flair = try ms.image(.flair)
        let t2 = try tumour.image(.t2)
        // Lesions lie within the brain.
        #expect(flair.values.indices.allSatisfy { ms.labels.values[$0] == 0 || flair.values[$0] > 0 })
        #expect(t2.values.indices.allSatisfy { tumour.labels.values[$0] == 0 || t2.values[$0] > 0 })
        let brain = Float(flair.values.count { $0 > 0 })
        let share = Float(ms.labels.values.count { $0 > 0 }) / brain
        let tumourShare = Float(tumour.labels.values.count { $0 > 0 }) / Float(t2.values.count { $0 > 0 })
        #expect(brain > 0.2 * Float(flair.values.count) && brain < 0.7 * Float(flair.values.count))
        #expect(share > 0.0003 && share < 0.04)
        #expect(tumourShare > 0.006 && tumourShare < 0.15 && tumourShare > share)
        // Lesions are bright on FLAIR, against dark fluid; on T2, they are brighter than the brain.
        #expect(mean(flair) { ms.labels.values[$0] > 0 } > 1.4 * mean(flair) { flair.values[$0] > 0 })
        #expect(mean(t2) { tumour.labels.values[$0] > 0 } > 1.1 * mean(t2) { t2.values[$0] > 0 })
    }

    @Test func fitsAnySize() throws {
        for (shape, spacing) in [([8, 8, 8], nil), ([24, 88, 100], [6.0, 2, 2]), ([9, 50, 31], nil)] {
            let phantom = try Phantom(.ms, seed: 1, shape: shape, spacing: spacing)
            #expect(phantom.labels.shape == shape)
            let image = try phantom.image(.t1)
            #expect(image.values.contains { $0 > 0 } && image.values.contains(0))
            if let spacing { #expect(image.spacing == spacing) }
        }
        let spacing = [3.5, 3.5, 3.5]
        let bare = try Phantom(.ms, seed: 1, spacing: spacing).image(.t1).values.count { $0 > 0 }
        let skull = try Phantom(.ms, seed: 1, spacing: spacing, hasSkull: true).image(.t1).values.count { $0 > 0 }
        #expect(skull > bare)
        #expect(throws: VolumeError.self) { try Phantom(.ms, seed: 1, shape: [7, 8, 8]) }
        #expect(throws: VolumeError.self) { try Phantom(.ms, seed: 1, shape: [.max, 8, 8]) }
        #expect(throws: VolumeError.self) { try Phantom(.ms, seed: 1, spacing: [0, 1, 1]) }
    }
}
