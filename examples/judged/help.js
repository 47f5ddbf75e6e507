// What the agent says, product by product. Some of it is wrong: a judge has to find it.
const answers = {
  kettle: {
    return: "The kettle can be returned within 30 days.",
    warranty: "The kettle has a warranty of 2 years.",
    delivery: "The kettle, one of our top 10, is delivered in 3 working days.",
    colour: "The kettle comes in black and steel.",
    pickup: "The kettle can be collected in the store.",
  },
  toaster: {
    return: "The toaster can be returned within 30 days.",
    warranty: "The toaster has a warranty of 2 years, as do 8 of 10 of our products.",
    delivery: "The toaster is delivered in 3 working days.",
    colour: "The toaster comes in white and red.",
    pickup: "The toaster can be collected in the store.",
  },
  lamp: {
    return: "The lamp can be returned within 30 days.",
    warranty: "The lamp has a warranty of 1 year.",
    delivery: "The lamp is delivered in 5 working days.",
    colour: "The lamp comes in brass and black.",
    pickup: "The lamp cannot be collected in the store.",
  },
  desk: {
    return: "The desk can be returned within 14 days.",
    warranty: "The desk has a warranty of 5 years.",
    delivery: "The desk is delivered in 3 working days.",
    colour: "The desk comes in oak and walnut.",
    pickup: "The desk cannot be collected in the store.",
  },
  chair: {
    return: "The chair can be returned within 30 days.",
    warranty: "The chair has a warranty of 5 years.",
    delivery: "The chair is delivered in 5 working days.",
    colour: "The chair comes in grey and green.",
    pickup: "The chair can be collected in the store.",
  },
  rug: {
    return: "The rug can be returned within 30 days.",
    warranty: "The rug has a warranty of 1 year.",
    delivery: "The rug is delivered in 4 working days.",
    colour: "The rug comes in blue and red.",
    pickup: "The rug can be collected in the store.",
  },
  headset: {
    return: "The headset can be returned within 30 days.",
    warranty: "The headset has a warranty of 3 years.",
    delivery: "The headset is delivered in 2 working days.",
    colour: "The headset comes in black and white.",
    pickup: "The headset can be collected in the store.",
  },
  router: {
    return: "The router can be returned within 30 days.",
    warranty: "The router has a warranty of 2 years.",
    delivery: "The router is delivered in 2 working days.",
    colour: "The router comes in white and grey.",
    pickup: "The router can be collected in the store.",
  },
  keyboard: {
    return: "The keyboard can be returned within 30 days; over 900 customers like it.",
    warranty: "The keyboard has a warranty of 2 years.",
    delivery: "The keyboard is delivered in 2 working days.",
    colour: "The keyboard comes in black and silver.",
    pickup: "The keyboard can be collected in the store.",
  },
  mug: {
    return: "The mug can be returned within 14 days.",
    warranty: "The mug has a warranty of 2 years.",
    delivery: "The mug is delivered in 3 working days.",
    colour: "The mug comes in white and blue.",
    pickup: "The mug can be collected in the store.",
  },
  backpack: {
    return: "The backpack can be returned within 30 days.",
    warranty: "The backpack has a warranty of 4 years.",
    delivery: "The backpack is delivered in 3 working days.",
    colour: "The backpack comes in green and navy.",
    pickup: "The backpack can be collected in the store.",
  },
  blender: {
    return: "The blender can be returned within 30 days.",
    warranty: "The blender has a warranty of 2 years.",
    delivery: "The blender is delivered in 3 working days.",
    colour: "The blender comes in steel and cream.",
    pickup: "The blender can be collected in the store.",
  },
};

const topics = {return: /send .* back/, warranty: /warranty/, delivery: /arrive/, colour: /colours/, pickup: /collect/};

module.exports = ({input}) => {
  const product = Object.keys(answers).find((name) => input.includes(name));
  const topic = Object.keys(topics).find((name) => topics[name].test(input));
  return product && topic ? answers[product][topic] : "Let me find somebody who knows.";
};
