import { expect, it } from '@jest/globals'
import { validate } from '@actions/languageservice'
import * as ls from '@actions/languageservice'
import { TextDocument } from 'vscode-languageserver-textdocument'
it('x', async () => {
  console.log(Object.keys(ls))
  const d = TextDocument.create('file:///w.yml', 'yaml', 0, 'on: pushh\njobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions:\n      action: write\n    steps:\n      - uses: o/r@v1\n        with:\n          foo: 1\n')
  console.log(JSON.stringify(await validate(d, {})))
  expect(1).toBe(1)
})
