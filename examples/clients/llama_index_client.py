"""LlamaIndex on LMP: only api_base is another.   pip install llama-index-llms-openai-like

lmp serve examples/chat.lmp, then: python3 llama_index_client.py http://127.0.0.1:8080/v1
"""
import sys

from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel, Field


class Person(BaseModel):
    """Somebody."""
    name: str = Field(max_length=20)
    age: int = Field(ge=0, le=120)


server = {"api_base": sys.argv[1], "api_key": "none", "model": "demo", "is_chat_model": True, "temperature": 0}
model = OpenAILike(**server, is_function_calling_model=True)
short = OpenAILike(**server, max_tokens=16)
ask = [ChatMessage(role="user", content="Where is Ann?")]
print("said:", short.chat(ask).message.content)
print("streamed:", "".join(piece.delta for piece in short.stream_chat(ask)))
print("parsed:", model.as_structured_llm(Person).chat(ask).raw)
