import {two} from './helper.js';
export default (output) => output.length > two;
