import Study
import Support
import TestSupport
import Testing

struct RandomSamplerTests {
    @Test(arguments: [1, 2, 7, 20])
    func `Each pass holds every number once, and passes differ`(_ count: Int) throws {
        let generator = RandomGenerator(seed: 3)
        let sampler = try #require(RandomSampler(count: count))
        let passes = (0..<3).map { _ in (0..<count).map { _ in sampler.next(generator) } }
        for pass in passes { #expect(pass.sorted() == Array(1...count)) }
        if count >= 7 { #expect(passes[0] != passes[1] && passes[1] != passes[2]) }
    }

    @Test(arguments: 0..<12)
    func `A sampler goes on from its state`(_ given: Int) throws {
        let generator = RandomGenerator(seed: 3)
        let sampler = try #require(RandomSampler(count: 5))
        for _ in 0..<given { _ = sampler.next(generator) }
        let resumed = try #require(RandomSampler(count: 5))
        let again = RandomGenerator(seed: generator.seed, counter: generator.counter)
        try resumed.load(sampler.state)
        #expect((0..<12).map { _ in resumed.next(again) } == (0..<12).map { _ in sampler.next(generator) })
    }

    @Test func `A state of another number of numbers is refused, and changes nothing`() throws {
        let generator = RandomGenerator(seed: 3)
        let (five, four) = (try #require(RandomSampler(count: 5)), try #require(RandomSampler(count: 4)))
        _ = (five.next(generator), four.next(generator))
        let order = five.order
        #expect(
            thrownMessage { try five.load(four.state) } == "sampler: one of 5 numbers expected, got a state of 4 at 1")
        #expect(
            thrownMessage { try five.load(.integer(1)) }
                == "sampler: the state of a RandomSampler expected, got another table")
        #expect(five.order == order && five.position == 1)
        #expect(RandomSampler(count: 0) == nil)
    }
}
