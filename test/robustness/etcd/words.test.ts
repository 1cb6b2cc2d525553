import { describe, expect, it } from 'vitest'
import { wordsIn } from './words.js'

describe('what the robustness run is told', () => {
  it.each([
    [[], { word: '', json: undefined, seed: undefined, minutes: undefined }],
    [['leader', 'out.json'], { word: 'leader', json: 'out.json', seed: undefined, minutes: undefined }],
    [['-seed=7', '-minutes=0.5'], { word: '', json: undefined, seed: 7, minutes: 0.5 }],
    [['--seed=7'], { word: '', json: undefined, seed: 7, minutes: undefined }],
  ])('%j is understood', (argv, words) => {
    expect(wordsIn(argv)).toEqual(words)
  })

  it('is refused when it makes no sense, with what does', () => {
    expect(() => wordsIn(['-sead=7'])).toThrow('there are -seed=N and -minutes=M')
    expect(() => wordsIn(['-seed=x'])).toThrow('-seed needs a number, as in -seed=5')
    expect(() => wordsIn(['-minutes'])).toThrow('-minutes needs a number')
  })
})
