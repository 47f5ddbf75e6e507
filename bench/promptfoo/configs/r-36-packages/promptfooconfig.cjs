const counter = { n: 0 };
module.exports = { prompts: ['{{w}}'], providers: [{ id: 'file://p.js', label: 'lab' }, 'file://p.js', 'python:p.py', { id: 'python:p.py:fn' }, { id: 'file://p.py', label: 'pl' }, 'file://p.py:fn', 'file://obj.js', {id: 'file://obj.js', config: {a: 1}}, 'package:@me/tool:deep.Prov', {id: 'package:@me/tool:deep.Prov', label: 'pkg', config: {z: 1}}],
 tests: [{ vars: { w: '1' }, assert: [{ type: 'javascript', value: 'package:@me/tool:check' }, { type: 'contains', value: 'package:@me/tool:text' }], options: {} }, {vars: {w: 'package:@me/tool:variable'}}] };
