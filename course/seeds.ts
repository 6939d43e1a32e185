/**
 * What the course was founded on, and where it answers: each question, highlight, essay prompt, term and visual aid of
 * the nine lectures; the rest stands in seed-topics.ts. Titles are our own words.
 *
 * An answer is `kind:id`: `lesson:perceptron`, `figure:rule`, `lab:perceptron-rule`, `term:perceptron`,
 * `quiz:perceptron/goal`, `essay:perceptron/history`, `resource:cs231n`, `stage:weeks/week-3` of paths.yaml, or
 * `concept:attention`, which is answered by the lesson that teaches the concept and due with its part until then.
 */
export type AnswerKind = "lesson" | "figure" | "lab" | "term" | "quiz" | "essay" | "resource" | "stage" | "concept";
export type Answer = `${AnswerKind}:${string}`;
/** A title, and at least one answer. */
export type SeedItem = readonly [title: string, first: Answer, ...more: Answer[]];

export interface Lecture {
  readonly questions: readonly SeedItem[];
  readonly highlights: readonly SeedItem[];
  readonly essays: readonly SeedItem[];
  readonly terms: readonly SeedItem[];
  readonly aids: readonly SeedItem[];
}

/** The nine lectures, in order. */
export const LECTURES: readonly Lecture[] = [
  {
    questions: [
      ["What the course is for", "stage:lectures/lecture-1"],
      ["Parts of one unit", "figure:threshold-gates", "figure:rule", "quiz:neuron/path"],
      ["Hebb’s rule", "quiz:neuron/hebb-change", "quiz:neuron/phrase"],
      ["Weak, general and strong AI", "lesson:neuron"],
      ["Why backpropagation matters", "quiz:backpropagation/who-updates"],
    ],
    highlights: [
      ["Aims and tools", "stage:lectures/lecture-1", "resource:pytorch-examples"],
      ["Weighted sum, bias, activation", "figure:rule", "quiz:mlp/by-hand"],
      ["Active together, joined more strongly", "quiz:neuron/hebb-change"],
      ["Narrow, many tasks, like a person", "lesson:neuron"],
      ["Gradients of all weights", "quiz:backpropagation/who-updates", "figure:graph-walk"],
    ],
    essays: [
      ["Do language and image models understand?", "concept:ethics"],
      ["Sigmoid, tanh and ReLU compared", "essay:activations/choose-activation"],
      ["Ethics of strong systems", "concept:ethics"],
    ],
    terms: [
      ["activation function", "term:activation-function"], ["backpropagation", "term:backpropagation"],
      ["Hebb’s rule", "term:hebb-rule"], ["ImageNet", "concept:lenet-to-vgg"], ["GAN", "concept:adversarial-networks"],
      ["ReLU", "term:relu"], ["tanh", "term:tanh"], ["PyTorch", "resource:pytorch-examples"],
      ["weights", "term:perceptron", "term:synapse"],
    ],
    aids: [
      ["A unit, drawn", "figure:threshold-gates"], ["Forward and back", "figure:graph-walk"],
      ["Activation functions on one plot", "figure:activations"],
    ],
  },
  {
    questions: [
      ["How a threshold unit works", "quiz:perceptron/one-push", "term:threshold-unit"],
      ["What the bias does to the boundary", "figure:rule", "lab:gates-by-hand"],
      ["Why one unit cannot do XOR", "quiz:perceptron/separable"],
      ["Any Boolean function, with a hidden layer", "concept:boolean-functions"],
    ],
    highlights: [
      ["Sum above the threshold: 1", "term:threshold-unit", "lab:units-of-1943"],
      ["The bias moves the line off the origin", "figure:rule", "term:bias"],
      ["No line parts XOR", "quiz:perceptron/separable", "term:linearly-separable"],
      ["One hidden layer, exactly", "concept:boolean-functions"],
    ],
    essays: [
      ["Perceptrons, and the book of 1969", "essay:perceptron/history", "essay:neuron/winters"],
      ["What hidden layers add", "essay:mlp/wide-or-deep", "concept:boolean-functions"],
    ],
    terms: [
      ["perceptron", "term:perceptron"], ["binary threshold unit", "term:threshold-unit"],
      ["linear separability", "term:linearly-separable"],
      ["Boolean functions by a network", "concept:boolean-functions"],
      ["hidden layer", "term:hidden-layer"], ["hyperplane", "term:hyperplane"],
    ],
    aids: [
      ["A perceptron with its parts", "figure:rule"], ["Separable or not", "figure:rule", "figure:capacity"],
    ],
  },
  {
    questions: [
      ["What the rule looks for", "quiz:perceptron/goal"], ["The change after an error", "quiz:perceptron/one-push"],
      ["Data that no line parts", "quiz:perceptron/forever"],
    ],
    highlights: [
      ["Weights that get every example right", "quiz:perceptron/goal", "lab:perceptron-rule"],
      ["Rate times error times input", "quiz:perceptron/one-push", "figure:rule"],
      ["No rest: the weights cycle", "quiz:perceptron/forever", "lab:margin-bound"],
    ],
    essays: [
      ["Weights as a picture", "essay:perceptron/weights-as-picture", "figure:weights-image"],
      ["From the rule’s limits to layers", "essay:perceptron/history"],
    ],
    terms: [
      ["learning rate", "term:learning-rate"], ["epoch", "term:epoch"],
      ["hyperplane", "term:hyperplane", "term:decision-boundary"],
      ["cone of solutions", "term:cone-of-solutions"], ["information capacity", "term:capacity"],
    ],
    aids: [["Weights, update by update", "figure:rule"], ["The boundary moves", "figure:rule"]],
  },
  {
    questions: [
      ["What descent is for", "quiz:calculus/one-step", "figure:descent"],
      ["What mini-batches improve", "quiz:optimizers/batch-noise"],
      ["The chain rule inside backpropagation", "quiz:calculus/two-paths", "quiz:backpropagation/trace-two-uses"],
    ],
    highlights: [
      ["Downhill, again and again", "figure:descent", "lab:descent-step"],
      ["Accuracy against cost of a gradient", "quiz:optimizers/batch-noise"],
      ["A product of local slopes", "figure:chain-rule", "figure:graph-walk"],
    ],
    essays: [
      ["Full, mini and single batches", "lesson:optimizers", "quiz:optimizers/batch-noise"],
      ["How the loss shapes training", "essay:losses/dynamics"],
    ],
    terms: [
      ["gradient descent", "term:gradient-descent"], ["stochastic descent", "term:stochastic-gradient-descent"],
      ["chain rule", "term:chain-rule"], ["softmax", "term:softmax-function"],
      ["cross-entropy loss", "term:cross-entropy-loss"], ["one-hot encoding", "term:one-hot"],
    ],
    aids: [
      ["Descent on a surface", "figure:descent", "figure:race"],
      ["Backpropagation by the chain rule", "figure:chain-rule"],
      ["Losses side by side", "figure:far-point", "figure:sure-and-wrong"],
    ],
  },
  {
    questions: [
      ["Why layers need a bend between them", "quiz:activations/linear-stack", "quiz:mlp/no-activation"],
      ["The chain rule, layer by layer", "quiz:backpropagation/trace-two-uses", "figure:delta-flow"],
      ["Vanishing gradients, and what helps", "quiz:initialisation/sigmoid-at-best",
        "quiz:initialisation/keeps-alive"],
    ],
    highlights: [
      ["Bends make curves possible", "figure:bends", "quiz:mlp/no-activation"],
      ["From the output back", "figure:delta-flow", "lab:deltas-by-hand"],
      ["What keeps gradients alive", "quiz:initialisation/keeps-alive", "figure:depth-signal"],
    ],
    essays: [
      ["Backpropagation, step by step", "essay:backpropagation/explain-it"],
      ["First weights compared", "essay:initialisation/compare-starts"],
    ],
    terms: [
      ["backpropagation", "term:backpropagation"], ["delta", "term:delta"],
      ["computational graph", "term:computational-graph"], ["vanishing gradient", "term:vanishing-gradient"],
      ["weight initialisation", "term:weight-initialisation"],
    ],
    aids: [["Layers with values and deltas", "figure:delta-flow"], ["A computational graph", "figure:graph-walk"]],
  },
  {
    questions: [
      ["Why weights are shared", "concept:weight-sharing"], ["Pooling and small shifts", "concept:pooling"],
      ["The receptive field", "concept:receptive-field"],
    ],
    highlights: [
      ["Fewer weights", "concept:weight-sharing"], ["Less sensitive to place", "concept:pooling"],
      ["It grows with depth", "concept:receptive-field"],
    ],
    essays: [
      ["From early to residual and dense networks", "concept:residual-connections"],
      ["Deep against light networks", "concept:efficient-convolutions", "concept:small-networks"],
    ],
    terms: [
      ["convolution", "concept:convolution"], ["filter", "concept:convolution"], ["pooling", "concept:pooling"],
      ["receptive field", "concept:receptive-field"], ["residual network", "concept:residual-connections"],
      ["Inception module", "concept:inception"],
    ],
    aids: [
      ["A convolutional network, drawn", "concept:convolutional-networks"],
      ["A residual block", "concept:residual-connections"],
    ],
  },
  {
    questions: [
      ["What a recurrent network is for", "quiz:recurrent-networks/function-of"],
      ["What an LSTM adds", "quiz:gates/what-lstm-adds"], ["Unrolling in time", "quiz:through-time/why-unfold"],
    ],
    highlights: [
      ["A state that is carried on", "figure:one-unit-memory", "lab:rnn-step"],
      ["Gates and a cell", "figure:gates-at-work", "lab:lstm-cell"],
      ["A deep network over time", "figure:walk-back", "lab:bptt-by-hand"],
    ],
    essays: [
      ["What gates repair", "essay:gates/what-gates-repair"],
      ["Attention for translation", "essay:attention/translation"],
    ],
    terms: [
      ["recurrent network", "term:recurrent-network"], ["BPTT", "term:backpropagation-through-time"],
      ["LSTM", "term:lstm"], ["GRU", "term:gru"], ["encoder and decoder", "term:encoder-decoder"],
      ["attention", "term:attention"],
    ],
    aids: [
      ["Unrolled network and cell", "figure:walk-back", "figure:lstm-by-hand"],
      ["Encoder and decoder, drawn", "figure:squeezed-message"],
    ],
  },
  {
    questions: [
      ["Vanishing gradients in deep networks", "quiz:initialisation/sigmoid-at-best", "quiz:activations/sigmoid-depth"],
      ["Why dropout regularises", "quiz:regularisation/masks", "quiz:regularisation/dropout-scale"],
      ["What momentum does, and does not", "quiz:optimizers/valley", "quiz:optimizers/terminal-speed"],
    ],
    highlights: [
      ["Early layers learn slowly", "figure:depth-signal", "quiz:initialisation/sigmoid-at-best"],
      ["No unit may be relied on", "figure:dropout-ensemble", "lab:inverted-dropout"],
      ["A velocity that smooths the way", "quiz:optimizers/valley", "lab:momentum-by-hand"],
    ],
    essays: [
      ["The chain rule in a network", "essay:backpropagation/explain-it"],
      ["Ways to regularise, compared", "essay:regularisation/compare"],
    ],
    terms: [
      ["backpropagation", "term:backpropagation"], ["momentum", "term:momentum"], ["dropout", "term:dropout"],
      ["weight sharing", "concept:weight-sharing"], ["L1 regularisation", "term:l1-regularisation"],
      ["L2 regularisation", "term:l2-regularisation"], ["data augmentation", "concept:augmentation"],
      ["transfer learning", "concept:transfer-learning"],
    ],
    aids: [
      ["Gradients on their way back", "figure:depth-signal", "figure:delta-flow"],
      ["ReLU beside leaky ReLU", "figure:activations", "figure:sleeping-units"],
      ["Dropout and its thinned networks", "figure:dropout-ensemble"],
    ],
  },
  {
    questions: [
      ["What attention is for", "quiz:attention/purpose"],
      ["Query, key and value", "quiz:attention/roles", "essay:attention/in-your-words"],
      ["Why positions have to be told", "quiz:heads-and-positions/why-positions"],
    ],
    highlights: [
      ["Weights over the input", "figure:recall", "lab:list-recall"],
      ["Match, weigh, mix", "figure:soft-lookup", "lab:attention-from-nothing"],
      ["Order from an encoding", "figure:position-waves", "lab:where-am-i"],
    ],
    essays: [
      ["What several heads are good for", "essay:heads-and-positions/several-heads"],
      ["Transformers beside recurrent networks", "essay:transformer-block/beside-recurrent"],
    ],
    terms: [
      ["attention", "term:attention"], ["self-attention", "term:self-attention"],
      ["Transformer", "term:transformer"], ["query, key, value", "term:query-key-value"],
      ["multi-head attention", "term:multi-head-attention"], ["positional encoding", "term:positional-encoding"],
      ["beam search", "term:beam-search"], ["BERT", "term:bert"],
    ],
    aids: [
      ["A Transformer block", "figure:block-flow"],
      ["Query, key and value, drawn", "figure:soft-lookup"],
      ["Sines of positions", "figure:position-waves"],
    ],
  },
];
