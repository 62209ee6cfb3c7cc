import Testing
import Volumes

@Suite struct PhantomTests {
    private func mean(_ values: [Float], where isIn: (Int) -> Bool) -> Float {
        let set = values.indices.filter(isIn)
        return set.reduce(0) { $0 + values[$1] } / Float(max(set.count, 1))
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
        let (msHead, tumourHead) = (try Phantom(.ms, seed: UInt64(seed)), try Phantom(.tumour, seed: UInt64(seed)))
        let (ms, tumour) = (msHead.labels.values, tumourHead.labels.values)
        #expect(Set(ms) == [0, 1])
        #expect(Set(tumour) == [0, 1, 2, 4])
        let flair = try msHead.image(.flair).values
        let t2 = try tumourHead.image(.t2).values
        // Lesions lie within the brain.
        #expect(flair.indices.allSatisfy { ms[$0] == 0 || flair[$0] > 0 })
        #expect(t2.indices.allSatisfy { tumour[$0] == 0 || t2[$0] > 0 })
        let brain = Float(flair.count { $0 > 0 })
        let share = Float(ms.count { $0 > 0 }) / brain
        let tumourShare = Float(tumour.count { $0 > 0 }) / Float(t2.count { $0 > 0 })
        #expect(brain > 0.2 * Float(flair.count) && brain < 0.7 * Float(flair.count))
        #expect(share > 0.0003 && share < 0.04)
        #expect(tumourShare > 0.006 && tumourShare < 0.15 && tumourShare > share)
        // Lesions are bright on FLAIR, against dark fluid; on T2, they are brighter than the brain.
        #expect(mean(flair) { ms[$0] > 0 } > 1.4 * mean(flair) { flair[$0] > 0 })
        #expect(mean(t2) { tumour[$0] > 0 } > 1.1 * mean(t2) { t2[$0] > 0 })
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
