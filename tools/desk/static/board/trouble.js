/* What a person can do something about: the key of a text in texts.js and what belongs into it. */

export class Trouble extends Error {
  /**
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   */
  constructor(key, values) {
    super(key);
    this.key = key;
    this.values = values;
  }
}
