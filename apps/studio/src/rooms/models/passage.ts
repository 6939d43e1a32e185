/** Something to read for language models, written for the studio: its sentences repeat what is soon learned. */
export const PASSAGE = `
A stair is a way of going up without noticing. You lift one foot, then the other, and the floor you came from
grows small. Nobody climbs a stair. You climb a step, and then a step, and then a step.

The first step asks very little. The second step asks the same. The third step asks the same again, and yet
the view from the third step is not the view from the first. This is the whole secret of a stair: the price
stays equal while the view grows.

There was a woman who built stairs for a living. She said that a good stair has no best step. If one step is
higher than the others, people fall there. If one step is lower, people fall there too. She measured every
step with the same stick, and she walked the stair in the dark before she let anybody else walk it.

There was a man who wanted to be at the top and not on the way. He looked at the stair and he looked at the
wall, and he said that the wall was shorter. He was right. The wall was shorter. He is still at the bottom of
the wall, and the people on the stair wave to him.

A machine that learns is on a stair of its own. It makes a guess, and the guess is wrong. It asks how wrong,
and it asks which way is down. Then it takes one small step, and it makes a guess again. The guess is still
wrong, but it is less wrong. It takes a step, and then a step, and then a step.

If the step is too long, the machine jumps over the valley and lands on the other side, higher than before.
If the step is too short, the machine is still walking when the night comes. A good step is long enough to get
there and short enough to stay there. The woman with the stick could have told you.

What does the machine see from the top? It sees nothing at all. It has numbers, and the numbers have found a
place where no small step makes them better. We look at the numbers and we see the words come out right, one
letter after the other letter, and we say that the machine has learned to write. The machine says nothing. It
writes the next letter, and then the next letter, and then the next.

So it is with the reader of this page. You do not learn a subject. You learn one thing, and then the thing
after it. The first thing asks very little. The second thing asks the same. And the view from here is not the
view from there.
`.trim().replaceAll("\n\n", "\u2029").replaceAll("\n", " ").replaceAll("\u2029", "\n");
